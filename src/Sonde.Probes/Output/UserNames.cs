using System.Globalization;

namespace Sonde.Probes.Output;

/// <summary>The names of user ids, as <c>/etc/passwd</c> has them; read again when it has changed, but not more than once a second.</summary>
internal sealed class UserNames
{
    private const string FilePath = "/etc/passwd";
    private const long Patience = 1_000;

    private Dictionary<ulong, string> _names = [];
    private DateTime _written;
    private long _looked = -Patience;

    /// <summary>Null when nobody has the id.</summary>
    public string? Find(ulong id)
    {
        long now = Environment.TickCount64;
        if (now - _looked >= Patience)
        {
            _looked = now;
            Read();
        }

        return _names.GetValueOrDefault(id);
    }

    private void Read()
    {
        try
        {
            DateTime written = File.GetLastWriteTimeUtc(FilePath);
            if (written == _written)
            {
                return;
            }

            var names = new Dictionary<ulong, string>();
            foreach (string line in File.ReadLines(FilePath))
            {
                // name:password:id:…, passwd(5); the first of two equal ids counts.
                string[] fields = line.Split(':');
                if (fields.Length > 2 && ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
                {
                    names.TryAdd(id, fields[0]);
                }
            }

            (_names, _written) = (names, written);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What was known stays.
        }
    }
}
