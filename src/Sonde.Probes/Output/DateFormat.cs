using System.Globalization;

namespace Sonde.Probes.Output;

/// <summary>strftime(3) in the C locale, and <c>%f</c> for microseconds, which bpftrace adds.</summary>
internal static class DateFormat
{
    private static readonly DateTimeFormatInfo s_names = DateTimeFormatInfo.InvariantInfo;

    public static void Append(ByteText text, string format, DateTimeOffset time)
    {
        for (int i = 0; i < format.Length; i++)
        {
            int start = i;
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format.AsSpan(i, 1).ToString());
                continue;
            }

            i++;
            char padding = '\0';
            while (i + 1 < format.Length && format[i] is '-' or '_' or '0' or '^' or '#' or 'E' or 'O')
            {
                // E and O choose other calendars and digits: the C locale has none.
                padding = format[i] is '-' or '_' or '0' ? format[i] : padding;
                i++;
            }

            text.Append(Convert(format[i], padding, time) ?? format[start..(i + 1)]);
        }
    }

    private static string? Convert(char conversion, char padding, DateTimeOffset time)
    {
        string Number(int value, int width, char fill = '0')
        {
            char chosen = padding switch { '-' => '\0', '_' => ' ', '0' => '0', _ => fill };
            string digits = value.ToString(CultureInfo.InvariantCulture);
            return chosen == '\0' ? digits : digits.PadLeft(width, chosen);
        }

        int twelve = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        int weekday = (int)time.DayOfWeek;
        return conversion switch
        {
            'a' => s_names.GetAbbreviatedDayName(time.DayOfWeek),
            'A' => s_names.GetDayName(time.DayOfWeek),
            'b' or 'h' => s_names.GetAbbreviatedMonthName(time.Month),
            'B' => s_names.GetMonthName(time.Month),
            'c' => Expand("%a %b %e %H:%M:%S %Y", time),
            'C' => Number(time.Year / 100, 2),
            'd' => Number(time.Day, 2),
            'D' or 'x' => Expand("%m/%d/%y", time),
            'e' => Number(time.Day, 2, ' '),
            'f' => Number((int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond), 6),
            'F' => Expand("%Y-%m-%d", time),
            'g' => Number(ISOWeek.GetYear(time.DateTime) % 100, 2),
            'G' => Number(ISOWeek.GetYear(time.DateTime), 4),
            'H' => Number(time.Hour, 2),
            'I' => Number(twelve, 2),
            'j' => Number(time.DayOfYear, 3),
            'k' => Number(time.Hour, 2, ' '),
            'l' => Number(twelve, 2, ' '),
            'm' => Number(time.Month, 2),
            'M' => Number(time.Minute, 2),
            'n' => "\n",
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'r' => Expand("%I:%M:%S %p", time),
            'R' => Expand("%H:%M", time),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Number(time.Second, 2),
            't' => "\t",
            'T' or 'X' => Expand("%H:%M:%S", time),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((time.DayOfYear + 6 - weekday) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(time.DateTime), 2),
            'w' => Number(weekday, 1),
            'W' => Number((time.DayOfYear + 6 - ((weekday + 6) % 7)) / 7, 2),
            'y' => Number(time.Year % 100, 2),
            'Y' => Number(time.Year, 1),
            'z' => time.Offset.ToString(time.Offset < TimeSpan.Zero ? @"\-hhmm" : @"\+hhmm", CultureInfo.InvariantCulture),
            'Z' => ZoneName(time),
            '%' => "%",
            _ => null,
        };
    }

    private static string Expand(string format, DateTimeOffset time)
    {
        var text = new ByteText();
        Append(text, format, time);
        return text.ToString();
    }

    private static string ZoneName(DateTimeOffset time) =>
        TimeZoneInfo.Local.IsDaylightSavingTime(time) ? TimeZoneInfo.Local.DaylightName : TimeZoneInfo.Local.StandardName;
}
