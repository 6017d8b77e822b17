using System.Diagnostics;
using System.Globalization;
using Sonde.Probes.Output;

namespace Sonde.Probes.Tests.Output;

public sealed class DateFormatTests
{
    [Theory]
    [InlineData("2026-01-01T00:00:00Z")]
    [InlineData("2024-12-30T12:05:09Z")]
    [InlineData("2021-01-03T23:59:59Z")]
    [InlineData("1999-07-04T09:07:01Z")]
    public void Conversions_are_those_of_date(string time)
    {
        const string format = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %% %-d %_H %Ey";
        var start = new ProcessStartInfo("date", ["-u", "-d", time, "+" + format])
        {
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using Process date = Process.Start(start)!;
        string expected = date.StandardOutput.ReadToEnd();

        var text = new ByteText();
        DateFormat.Append(text, format + "\n", DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

        Assert.Equal(expected, text.ToString());
    }

    [Fact]
    public void Microseconds_and_the_unknown_are_shown()
    {
        var text = new ByteText();

        DateFormat.Append(text, "%f %Q 100%", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMicroseconds(1234));

        Assert.Equal("001234 %Q 100%", text.ToString());
    }
}
