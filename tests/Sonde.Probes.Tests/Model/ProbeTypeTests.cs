using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Model;

public sealed class ProbeTypeTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    [InlineData(65, 72)]
    public void A_kept_string_takes_a_multiple_of_eight(int capacity, int size) => Assert.Equal(size, new StringType(capacity).Size);

    [Fact]
    public void Tuples_are_equal_when_their_items_are()
    {
        TupleType one = new([IntegerType.Int64, new StringType(16)]), other = new([IntegerType.Int64, new StringType(16)]);
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, new TupleType([IntegerType.Int64]));
        Assert.Equal(24, one.Size);
    }
}
