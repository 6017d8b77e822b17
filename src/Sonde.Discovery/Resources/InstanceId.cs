using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sonde.Discovery.Resources;

/// <summary>
/// <c>service.instance.id</c> as the semantic conventions ask for it: a UUID version 5 (RFC 9562) of something that names the process for
/// good, in OpenTelemetry's own namespace. The machine id can't be read out of it.
/// </summary>
internal static class InstanceId
{
    private static readonly Guid Namespace = new("4d63009a-8d0f-11ee-aad7-4c796ed8e320");

    /// <summary>The same for the same process, also after Sonde was restarted; another for each process.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="containerId">The process's container, or null.</param>
    /// <param name="pid">Its id on the machine.</param>
    /// <param name="startTime">Clock ticks from boot to its start.</param>
    public static string Of(HostIdentity host, string? containerId, uint pid, ulong startTime) => FromName(
        string.Create(CultureInfo.InvariantCulture, $"{containerId ?? host.Id ?? host.Name}/{host.BootId}/{pid}/{startTime}")).ToString();

    [SuppressMessage("Security", "CA5350:Do not use weak cryptographic algorithms", Justification = "UUID version 5 is defined by SHA-1; nothing is protected by it.")]
    internal static Guid FromName(string name)
    {
        byte[] input = [.. Namespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50); // version 5
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80); // the RFC's variant
        return new Guid(hash[..16], bigEndian: true);
    }
}
