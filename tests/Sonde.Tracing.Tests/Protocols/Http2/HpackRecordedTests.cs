using System.Text;
using CsCheck;
using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>Header blocks of an independent encoder: read whole, from any place on, and with any of them lost or cut.</summary>
public sealed class HpackRecordedTests
{
    private static readonly List<(byte[] Block, (string Name, string Value)[] Fields)> s_blocks = Http2Fixtures.Blocks("python");

    [Fact]
    public void All_fields_are_read_when_all_blocks_were()
    {
        var decoder = new HpackDecoder();
        var fields = new FieldSet();
        Assert.Equal(120, s_blocks.Count);
        foreach ((byte[] block, (string Name, string Value)[] truth) in s_blocks)
        {
            Assert.True(decoder.Decode(block, isCut: false, fields));
            Assert.False(fields.IsPartial);
            foreach ((FieldName name, string value) in Read(truth))
            {
                Assert.Equal(value, Encoding.UTF8.GetString(fields[name]));
            }
        }
    }

    [Fact]
    public void Whatever_is_lost_no_field_is_ever_read_as_another() =>
        Gen.Select(Gen.Int[0, s_blocks.Count - 1], Gen.Int[0, 9].Array[s_blocks.Count], Gen.Int[0, 400].Array[s_blocks.Count]).Sample((from, fates, cuts) =>
        {
            var decoder = new HpackDecoder();
            var fields = new FieldSet();
            for (int i = from; i < s_blocks.Count; i++)
            {
                (byte[] block, (string Name, string Value)[] truth) = s_blocks[i];
                switch (fates[i])
                {
                    case 0:
                        decoder.Lose();
                        continue;
                    case 1 when cuts[i] < block.Length:
                        Assert.True(decoder.Decode(block.AsSpan(0, cuts[i]), isCut: true, fields));
                        break;
                    default:
                        Assert.True(decoder.Decode(block, isCut: false, fields));
                        break;
                }

                var said = Read(truth).ToDictionary();
                foreach (FieldName name in Enum.GetValues<FieldName>().Where(fields.Has))
                {
                    Assert.Equal(said.GetValueOrDefault(name), Encoding.UTF8.GetString(fields[name]));
                }

                Assert.True(fields.IsPartial || said.Keys.All(fields.Has), "what is missing is said to be");
            }
        }, iter: 300);

    private static IEnumerable<(FieldName Name, string Value)> Read((string Name, string Value)[] fields) =>
        fields.Select(field => (Name: FieldNames.Find(Encoding.UTF8.GetBytes(field.Name)), field.Value)).Where(field => field.Name > FieldName.Other);
}
