namespace Sonde.Bpf;

/// <summary>Takes one record, in place: the bytes are the kernel's again when it returns.</summary>
public delegate void RecordHandler(ReadOnlySpan<byte> record);
