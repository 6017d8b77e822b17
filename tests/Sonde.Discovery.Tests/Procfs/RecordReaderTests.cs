using System.Text;
using CsCheck;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Tests.Procfs;

public sealed class RecordReaderTests
{
    private const int BufferBytes = 16;

    [Fact]
    public void Records_that_fit_the_buffer_are_read_and_others_passed_over() =>
        Gen.String[Gen.Char['a', 'z'], 0, 40].Array[0, 20].Sample(
            records =>
            {
                var text = string.Concat(records.Select(record => record + "\n"));
                Assert.Equal(records.Where(record => record.Length < BufferBytes), Read(text, long.MaxValue));
            },
            iter: 300);

    [Fact]
    public void A_last_record_without_separator_counts() => Assert.Equal(["a", "b"], Read("a\nb", long.MaxValue));

    [Fact]
    public void What_the_limit_cuts_is_no_record()
    {
        var text = string.Concat(Enumerable.Range(0, 100).Select(index => $"line {index}\n"));
        var records = Read(text, 100);
        Assert.InRange(records.Count, 5, 25);
        Assert.Equal(Enumerable.Range(0, records.Count).Select(index => $"line {index}"), records);
    }

    private static List<string> Read(string text, long limit)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            using var file = BoundedFile.Open(path)!;
            var reader = new RecordReader(file, (byte)'\n', new byte[BufferBytes], limit);
            var records = new List<string>();
            while (reader.MoveNext())
            {
                records.Add(Encoding.UTF8.GetString(reader.Current));
            }

            return records;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
