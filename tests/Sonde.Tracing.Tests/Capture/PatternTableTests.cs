using System.Text;
using CsCheck;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Protocols;

using Pattern = Sonde.Tracing.Protocols.Pattern;
using Side = Sonde.Tracing.Protocols.Side;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The table means in the kernel's one comparison what the protocols declared.</summary>
public sealed class PatternTableTests
{
    [Fact]
    public void Every_declared_pattern_is_there_under_its_protocols_number()
    {
        PatternTable table = PatternTable.Of([new Protocol("a", "GET ", "POST /xy"), new Protocol("b", "x")], out uint count);

        Assert.Equal(3u, count);
        Assert.Equal((1, 4, (byte)Side.Request), (table[0].Protocol, table[0].Length, table[0].Side));
        Assert.Equal((1, 8, ulong.MaxValue), (table[1].Protocol, table[1].Length, table[1].Mask));
        Assert.Equal((2, 1, 0xfful, (ulong)'x'), (table[2].Protocol, table[2].Length, table[2].Mask, table[2].Value));
    }

    [Fact]
    public void The_kernels_comparison_matches_exactly_what_begins_with_a_pattern() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 1, 8], Gen.String[Gen.Char['a', 'c'], 0, 8]).Sample((pattern, message) =>
        {
            PatternTable table = PatternTable.Of([new Protocol("a", pattern)], out _);
            Span<byte> word = stackalloc byte[8];
            word.Clear();
            Encoding.ASCII.GetBytes(message, word);

            // bpf/tracer/connection.bpf.h, match_patterns()
            bool matches = table[0].Length <= message.Length && ((BitConverter.ToUInt64(word) ^ table[0].Value) & table[0].Mask) == 0;
            Assert.Equal(message.StartsWith(pattern, StringComparison.Ordinal), matches);
        }, iter: 3000);

    [Theory]
    [InlineData("")]
    [InlineData("123456789")]
    public void A_pattern_that_does_not_fit_is_refused_by_name(string pattern)
    {
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => PatternTable.Of([new Protocol("odd", pattern)], out _));
        Assert.Contains("'odd'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_patterns_than_the_kernel_holds_are_refused()
    {
        string[] many = [.. Enumerable.Range(0, (int)Limits.Patterns + 1).Select(i => $"{i}")];
        _ = PatternTable.Of([new Protocol("many", many[1..])], out uint count);
        Assert.Equal((uint)Limits.Patterns, count);
        Assert.Throws<InvalidOperationException>(() => PatternTable.Of([new Protocol("many", many)], out _));
    }

    [Fact]
    public void All_protocols_together_fit() => _ = PatternTable.Of(ProtocolCatalog.All, out _);

    private sealed class Protocol(string name, params string[] patterns) : IProtocol
    {
        public string Name => name;

        public IReadOnlyList<Pattern> Patterns => [.. patterns.Select(Pattern.Request)];

        public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

        public ConversationParser CreateParser() => throw new NotSupportedException();
    }
}
