using CsCheck;
using Sonde.Discovery.Resources;

namespace Sonde.Discovery.Tests.Resources;

public sealed class DeclaredAttributesTests
{
    [Theory]
    [InlineData("a=1,b=2", "a:1 b:2")]
    [InlineData(" a = 1 , b=2,", "a:1 b:2")]
    [InlineData("a=x%20y%2Cz%3D", "a:x y,z=")]
    [InlineData("a%2Cb=gr%C3%BCn", "a,b:grün")]
    [InlineData("a=b=c", "a:b=c")]
    [InlineData("a=", "a:")]
    [InlineData("a=1,b=%zz", "")]
    [InlineData("a=1,b=%2", "")]
    [InlineData("a=1,b=%FF", "")]
    [InlineData("a=1,b", "")]
    [InlineData("a=1,=2", "")]
    [InlineData("", "")]
    public void The_list_is_decoded_or_void_as_a_whole(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeclaredAttributes.ParseList(text).Select(attribute => $"{attribute.Key}:{attribute.Value}")));

    [Fact]
    public void Whatever_is_percent_encoded_comes_back() =>
        Gen.Select(Gen.String[1, 10], Gen.String[0, 20]).Array[1, 5].Sample(pairs =>
        {
            var valid = pairs.Where(pair => pair.Item1.All(IsWhole) && pair.Item2.All(IsWhole)).ToArray();
            var text = string.Join(',', valid.Select(pair => $"{Uri.EscapeDataString(pair.Item1)}={Uri.EscapeDataString(pair.Item2)}"));
            Assert.Equal(valid, DeclaredAttributes.ParseList(text).Select(attribute => (attribute.Key, (string)attribute.Value)));
        });

    [Fact]
    public void Anything_else_never_throws() => Gen.String.Sample(text => DeclaredAttributes.ParseList(text) is not null);

    private static bool IsWhole(char character) => !char.IsSurrogate(character);
}
