namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A block device: the kernel's <c>dev_t</c>, 12 bits of major and 20 of minor number (<c>include/linux/kdev_t.h</c>).</summary>
internal sealed class DeviceDecoder : IKeyDecoder
{
    private const int MinorBits = 20;

    public object? Decode(long number)
    {
        string numbers = $"{(uint)number >> MinorBits}:{number & ((1 << MinorBits) - 1)}";
        try
        {
            // A link to the device's own folder, which is named like the device.
            return new DirectoryInfo($"/sys/dev/block/{numbers}").LinkTarget is { } target ? Path.GetFileName(target) : numbers;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return numbers;
        }
    }
}
