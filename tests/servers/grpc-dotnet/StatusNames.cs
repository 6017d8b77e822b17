using Grpc.Core;

namespace GrpcShop;

/// <summary>Statuses as the specification spells them.</summary>
internal static class StatusNames
{
    public static bool TryParse(string name, out StatusCode code)
    {
        code = Enum.GetValues<StatusCode>().FirstOrDefault(each => Of(each) == name);
        return name == Of(code);
    }

    public static string Of(StatusCode code) => string.Concat(code.ToString().Select((letter, index) =>
        index > 0 && char.IsUpper(letter) && code != StatusCode.OK ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));
}
