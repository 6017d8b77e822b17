using System.Globalization;
using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Runs curl for one request.</summary>
internal static class Curl
{
    private const string Report = "%{method} %{http_code} %{size_upload} %{size_download} %{time_pretransfer} %{time_total}";

    /// <summary>Makes a request; the time is that from when the connection was there.</summary>
    public static async Task<Call> CallAsync(string url, params string[] options)
    {
        List<string> output = [];
        await using ChildProcess curl = ChildProcess.Start("curl", ["-sS", "--noproxy", "*", "-o", "/dev/null", "-w", Report + "\n", .. options, url],
            listen: process => process.Output += output.Add);
        await curl.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Assert.True(curl.ExitCode == 0, curl.Errors);
        string[] words = output[^1].Split(' ');
        double[] numbers = [.. words.Skip(1).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new Call(words[0], new Uri(url).AbsolutePath, (int)numbers[0], (int)numbers[1], (int)numbers[2], TimeSpan.FromSeconds(numbers[4] - numbers[3]));
    }
}
