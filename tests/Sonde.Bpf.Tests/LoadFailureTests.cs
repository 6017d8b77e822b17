using Xunit;

namespace Sonde.Bpf.Tests;

public sealed class LoadFailureTests
{
    [Fact]
    public void What_is_no_object_is_refused_in_one_sentence()
    {
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => BpfObject.Open("no elf file at all"u8, "garbage"));
        Assert.Contains("'garbage'", failure.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("Unknown error", failure.Summary, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(failure.Summary);
        Assert.NotEmpty(failure.FullLog);
    }

    [Fact]
    public void A_program_that_the_verifier_refuses_is_named_with_the_verifiers_reason()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.Program("wild_read").Autoload = true;
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => blueprint.Load());
        Assert.Equal("wild_read", failure.Program);
        Assert.StartsWith("The verifier refused program 'wild_read': R", failure.Summary, StringComparison.Ordinal);
        Assert.Contains("invalid mem access 'map_value_or_null'", failure.Summary, StringComparison.Ordinal);
        Assert.InRange(failure.LastLines.Count, 1, 12);
        Assert.Contains("processed", failure.FullLog, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hook_that_the_kernel_lacks_is_named()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.Program("missing_hook").Autoload = true;
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => blueprint.Load());
        Assert.Equal("missing_hook", failure.Program);
        Assert.StartsWith("Program 'missing_hook' needs 'no_such_tracepoint'", failure.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_cannot_be_made_is_named()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.Map("table").MaxEntries = uint.MaxValue;
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => blueprint.Load());
        Assert.StartsWith("Map 'table' of 'sample' could not be created", failure.Summary, StringComparison.Ordinal);
    }
}
