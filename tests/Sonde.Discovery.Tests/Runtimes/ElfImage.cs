using System.Buffers.Binary;
using System.Text;

namespace Sonde.Discovery.Tests.Runtimes;

/// <summary>Writes an ELF file that has sections and nothing else.</summary>
internal static class ElfImage
{
    public static byte[] With(params (string Name, byte[] Content)[] sections)
    {
        const int HeaderBytes = 64;
        var names = new List<byte> { 0 };
        var content = new List<byte>();
        var headers = new List<(int Name, int Offset, int Size)> { (0, 0, 0) };
        foreach (var (name, bytes) in sections)
        {
            headers.Add((names.Count, HeaderBytes + content.Count, bytes.Length));
            names.AddRange([.. Encoding.ASCII.GetBytes(name), 0]);
            content.AddRange(bytes);
        }

        headers.Add((names.Count, HeaderBytes + content.Count, names.Count + ".shstrtab".Length + 1));
        names.AddRange([.. Encoding.ASCII.GetBytes(".shstrtab"), 0]);
        content.AddRange(names);

        var file = new byte[HeaderBytes + content.Count + (headers.Count * 64)];
        byte[] magic = [0x7F, .. "ELF"u8, 2, 1];
        magic.CopyTo(file, 0);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(0x28), HeaderBytes + content.Count);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(0x3A), 64);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(0x3C), (short)headers.Count);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(0x3E), (short)(headers.Count - 1));
        content.CopyTo(file, HeaderBytes);
        for (var index = 0; index < headers.Count; index++)
        {
            var header = file.AsSpan(HeaderBytes + content.Count + (index * 64));
            BinaryPrimitives.WriteInt32LittleEndian(header, headers[index].Name);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], 1);
            BinaryPrimitives.WriteInt64LittleEndian(header[0x18..], headers[index].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(header[0x20..], headers[index].Size);
        }

        return file;
    }
}
