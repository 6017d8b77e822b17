using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>Tells a number of a key as what it stands for; <see cref="DecoderCatalog"/> has its name.</summary>
internal interface IKeyDecoder
{
    /// <summary>The attribute's value: a <see cref="string"/> or <see cref="long"/>; null to leave the attribute off.</summary>
    object? Decode(long number);

    /// <summary>Whose resource the series is reported under; null for Sonde's own.</summary>
    Resource? ResourceOf(long number) => null;
}
