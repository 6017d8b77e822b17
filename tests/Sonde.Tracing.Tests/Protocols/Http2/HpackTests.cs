using System.Text;
using CsCheck;
using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>RFC 7541's own examples, and what must not break the decoder.</summary>
public sealed class HpackTests
{
    private static readonly string[] s_requests =
    [
        ":method GET, :scheme http, :path /, :authority www.example.com",
        ":method GET, :scheme http, :path /, :authority www.example.com",
        ":method GET, :scheme https, :path /index.html, :authority www.example.com",
    ];

    private static readonly string[] s_responses = [":status 302", ":status 307", ":status 200"];

    private static readonly int[] s_requestSizes = [57, 110, 164], s_responseSizes = [222, 222, 215];

    /// <summary>Appendix C.3 and C.4: three requests on one connection, without and with Huffman coding; the sizes are the table's after each.</summary>
    [Theory]
    [InlineData(
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")]
    [InlineData(
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    public void The_requests_of_appendix_C(params string[] blocks) => AssertDecodes(blocks, s_requests, s_requestSizes, DynamicTable.DefaultMaxSize);

    /// <summary>Appendix C.5 and C.6: three responses with a table of 256 bytes, which evicts.</summary>
    [Theory]
    [InlineData(
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31")]
    [InlineData(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void The_responses_of_appendix_C(params string[] blocks) => AssertDecodes(blocks, s_responses, s_responseSizes, 256);

    [Fact]
    public void Every_symbol_has_its_code()
    {
        // A string of all bytes, encoded by python3-hpack.
        byte[] encoded = Convert.FromHexString(File.ReadAllText(Path.Combine(Http2Fixtures.Folder, "alphabet.hex")).Trim());
        byte[] decoded = new byte[HuffmanCode.MaxDecodedLength(encoded.Length)];
        Assert.Equal(256, HuffmanCode.Decode(encoded, decoded));
        Assert.Equal(Enumerable.Range(0, 256).Select(each => (byte)each), decoded[..256]);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("fffffffc")]
    [InlineData("1c6400")]
    public void Wrong_padding_and_the_end_of_string_symbol_are_refused(string encoded) =>
        Assert.Equal(-1, HuffmanCode.Decode(Convert.FromHexString(encoded), new byte[64]));

    [Theory]
    [InlineData("80")]
    [InlineData("8286ff80808080807f")]
    [InlineData("418cf1e3c2e5f23a6ba0ab90f4")]
    [InlineData("40")]
    [InlineData("4181ff")]
    public void What_is_no_header_block_makes_the_table_unknown(string block)
    {
        var decoder = new HpackDecoder();
        var fields = new FieldSet();
        Assert.True(decoder.Decode(Convert.FromHexString("828684410f7777772e6578616d706c652e636f6d"), isCut: false, fields));
        Assert.False(decoder.Decode(Convert.FromHexString(block), isCut: false, fields));
        Assert.Equal(0, decoder.Table.Count);
    }

    [Fact]
    public void A_place_means_the_same_field_whatever_was_missed_before()
    {
        var decoder = new HpackDecoder();
        var fields = new FieldSet();
        // A reference to what was never seen, then an authority that is put in, then both again, one place further back.
        Assert.True(decoder.Decode([0xbe, 0x41, 1, (byte)'a', 0xbe, 0xbf], isCut: false, fields));
        Assert.Equal("a", Encoding.ASCII.GetString(fields[FieldName.Authority]));
        Assert.Equal(2, fields.UnknownCount);
    }

    [Fact]
    public void A_cut_block_is_read_up_to_the_cut_and_makes_the_table_unknown()
    {
        byte[] block = Convert.FromHexString("828684410f7777772e6578616d706c652e636f6d");
        for (int length = 0; length < block.Length; length++)
        {
            var decoder = new HpackDecoder();
            var fields = new FieldSet();
            Assert.True(decoder.Decode(block.AsSpan(0, length), isCut: true, fields));
            Assert.True(fields.IsPartial);
            Assert.Equal(length >= 1, fields.Has(FieldName.Method));
            Assert.False(fields.Has(FieldName.Authority));
            Assert.Equal(0, decoder.Table.Count);
        }
    }

    [Fact]
    public void A_table_keeps_what_fits_and_never_more()
    {
        var table = new DynamicTable();
        for (int i = 0; i < 1000; i++)
        {
            table.Insert(FieldName.Path, 5, Encoding.ASCII.GetBytes($"/{i}/{new string('x', i % 97)}"));
            Assert.InRange(table.Size, 0, table.MaxSize);
            for (int place = 0; place < table.Count; place++)
            {
                Assert.True(table.TryGet(place, out _, out _, out ReadOnlySpan<byte> value));
                Assert.StartsWith($"/{i - place}/", Encoding.ASCII.GetString(value), StringComparison.Ordinal);
            }

            if (i == 500)
            {
                table.Resize(1 << 20);
                Assert.Equal(DynamicTable.Bound, table.MaxSize);
            }
        }

        table.Insert(FieldName.Path, 5, new byte[DynamicTable.Bound]);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Bool).Array[1, 20].Sample(blocks =>
        {
            var decoder = new HpackDecoder();
            var fields = new FieldSet();
            foreach ((byte[] block, bool isCut) in blocks)
            {
                decoder.Decode(block, isCut, fields);
                Assert.InRange(decoder.Table.Size, 0, DynamicTable.Bound);
            }
        }, iter: 2000);

    private static void AssertDecodes(string[] blocks, string[] expected, int[] sizes, int maxSize)
    {
        var decoder = new HpackDecoder();
        var fields = new FieldSet();
        decoder.Table.Resize(maxSize);
        for (int i = 0; i < blocks.Length; i++)
        {
            Assert.True(decoder.Decode(Convert.FromHexString(blocks[i]), isCut: false, fields));
            Assert.False(fields.IsPartial);
            Assert.Equal(sizes[i], decoder.Table.Size);
            foreach (string field in expected[i].Split(", "))
            {
                string[] words = field.Split(' ');
                Assert.Equal(words[1], Encoding.ASCII.GetString(fields[FieldNames.Find(Encoding.ASCII.GetBytes(words[0]))]));
            }
        }
    }
}
