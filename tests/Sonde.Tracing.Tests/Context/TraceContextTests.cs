using System.Text;
using Sonde.Tracing.Context;

namespace Sonde.Tracing.Tests.Context;

/// <summary>W3C Trace Context, level 1, section 3.2.</summary>
public sealed class TraceContextTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Span = "b7ad6b7169203331";

    private static TraceContext Parse(string value) => TraceContext.Parse(Encoding.ASCII.GetBytes(value));

    [Theory]
    [InlineData($"00-{Trace}-{Span}-01", true)]
    [InlineData($"00-{Trace}-{Span}-00", false)]
    [InlineData($"00-{Trace}-{Span}-03", true)]
    [InlineData($"00-{Trace}-{Span}-02", false)]
    [InlineData($"cc-{Trace}-{Span}-01", true)]
    [InlineData($"cc-{Trace}-{Span}-01-what-the-future-brings", true)]
    public void Well_formed_values_are_read(string value, bool sampled)
    {
        TraceContext context = Parse(value);

        Assert.True(context.IsValid);
        Assert.Equal((Trace, Span, sampled), (context.TraceId.ToString(), context.SpanId.ToString(), context.Sampled));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData($"ff-{Trace}-{Span}-01")]
    [InlineData($"00-{Trace}-{Span}-01-extra")]
    [InlineData($"00-{Trace}-{Span}-1")]
    [InlineData($"00-{Trace}-{Span}-0x")]
    [InlineData($"00-{Trace}-{Span}_01")]
    [InlineData($"cc-{Trace}-{Span}-01x")]
    [InlineData($"00-00000000000000000000000000000000-{Span}-01")]
    [InlineData($"00-{Trace}-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData($"0x-{Trace}-{Span}-01")]
    [InlineData($" 0-{Trace}-{Span}-01")]
    public void Malformed_values_are_ignored(string value) => Assert.Equal(default, Parse(value));
}
