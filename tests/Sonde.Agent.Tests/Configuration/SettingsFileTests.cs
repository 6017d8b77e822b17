using CsCheck;
using Sonde.Agent.Configuration;
using Xunit;

namespace Sonde.Agent.Tests.Configuration;

public class SettingsFileTests
{
    [Fact]
    public void Every_kind_of_value_is_read()
    {
        SettingValues values = Read(
            """
            tracing:
              protocols: [http, grpc]
              capture:
                request_bytes: 8 KiB
              poll_interval: 5ms
              unix_sockets: false
              sample_rate: 12.5%
              routes:
                patterns:
                  - /users/{id}
                  - /a,b
            processes:
              exclude: { ports: "443, 8000-8999" }
            console:
              format: JSON
              service: "shop-*"
            metrics:
            """);
        Assert.Equal(["http", "grpc"], values.Get(SettingCatalog.Protocols));
        Assert.Equal(8192, values.Get(SettingCatalog.RequestBytes));
        Assert.Equal(TimeSpan.FromMilliseconds(5), values.Get(SettingCatalog.PollInterval));
        Assert.False(values.Get(SettingCatalog.UnixSockets));
        Assert.Equal(12.5, values.Get(SettingCatalog.SampleRate));
        Assert.Equal(["/users/{id}", "/a,b"], values.Get(SettingCatalog.RoutePatterns));
        Assert.Equal(["443", "8000-8999"], values.Get(SettingCatalog.Exclude.Ports));
        Assert.Equal(ConsoleFormat.Json, values.Get(SettingCatalog.Format));
        Assert.Equal("shop-*", values.Get(SettingCatalog.ConsoleService));
        Assert.Equal(2000, values.Get(SettingCatalog.MaxSeries));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    public void A_file_may_be_empty(string text) => Assert.All(SettingCatalog.All, setting => Assert.False(Read(text).IsSet(setting)));

    [Theory]
    [InlineData("tracing:\n  captur:\n    request_bytes: 1\n", "a.yaml:2:3: unknown setting 'tracing.captur'; did you mean 'tracing.capture'?")]
    [InlineData("traicng:\n", "a.yaml:1:1: unknown setting 'traicng'; did you mean 'tracing'?")]
    [InlineData("somethingelse: 1\n", "a.yaml:1:1: unknown setting 'somethingelse'")]
    [InlineData("tracing:\n  capture:\n    request_bytes: 4TiB\n", "a.yaml:3:20: tracing.capture.request_bytes must be a size from 1KiB to 8KiB, not '4TiB'")]
    [InlineData("tracing:\n  ring_buffer_size: 3MiB\n", "a.yaml:2:21: tracing.ring_buffer_size must be a size from 256KiB to 256MiB that is a power of two, not '3MiB'")]
    [InlineData("tracing:\n  quiet_after: 2\n", "a.yaml:2:16: tracing.quiet_after must be a duration from 100ms to 1m, not '2'")]
    [InlineData("tracing:\n  unix_sockets: maybe\n", "a.yaml:2:17: tracing.unix_sockets must be true or false, not 'maybe'")]
    [InlineData("tracing:\n  unix_sockets: [true]\n", "a.yaml:2:17: tracing.unix_sockets must be true or false, not '[true]'")]
    [InlineData("tracing:\n  protocols: [http, mongo]\n", "a.yaml:2:14: tracing.protocols must be a list of protocols (http, grpc, sql, redis, postgresql, mysql, mssql, dns, kafka), not '[http, mongo]'")]
    [InlineData("console:\n  format: 1\n", "a.yaml:2:11: console.format must be one of auto, lines, json, not '1'")]
    [InlineData("tracing: 5\n", "a.yaml:1:10: 'tracing' holds other settings: write them below it, indented")]
    [InlineData("tracing:\n  quiet_after: {a: 1}\n", "a.yaml:2:16: 'tracing.quiet_after' must be a value or a list of values")]
    [InlineData("tracing:\n  quiet_after: 2s\n  quiet_after: 3s\n", "a.yaml:3:3: 'tracing.quiet_after' stands here for the second time")]
    [InlineData("- a\n", "a.yaml:1:1: settings are keys with values, such as 'tracing:'")]
    [InlineData("tracing:\n---\nconsole:\n", "a.yaml:2:1: a settings file holds one document")]
    public void What_is_wrong_is_said_with_its_place(string text, string message) =>
        Assert.Equal(message, Assert.Throws<SettingsException>(() => Read(text)).Message);

    [Theory]
    [InlineData("tracing: [\n")]
    [InlineData("a: b: c\n")]
    [InlineData("\t- x")]
    [InlineData("tracing: *alias\n")]
    public void What_is_not_yaml_is_said_with_its_place(string text) =>
        Assert.Matches(@"^a\.yaml:\d+:\d+: \S", Assert.Throws<SettingsException>(() => Read(text)).Message);

    [Fact]
    public void No_text_does_anything_but_set_or_complain() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["tracing:- \n[]{}&*|>'\"#,!%@`\t"], 0, 40]).Sample(text =>
        {
            try
            {
                Read(text);
            }
            catch (SettingsException)
            {
            }
        });

    [Fact]
    public void Every_default_is_allowed_and_comes_back() => Assert.All(SettingCatalog.All, setting =>
    {
        Assert.True(setting.TryRead(SettingText.Scalar(setting.DefaultText), out object? value));
        Assert.Equal(setting.DefaultValue, value);
    });

    [Fact]
    public void Keys_and_variables_are_unique()
    {
        Assert.Distinct(SettingCatalog.All.Select(setting => setting.Key));
        Assert.Distinct(SettingCatalog.All.Select(setting => setting.Variable));
    }

    [Fact]
    public void Sizes_and_times_come_back() => Gen.Select(Gen.Int.NonNegative, Gen.Long[0, TimeSpan.TicksPerDay]).Sample((bytes, ticks) =>
    {
        var time = TimeSpan.FromMicroseconds(ticks / 10);
        return Quantities.TryParseSize(Quantities.FormatSize(bytes), out int size) && size == bytes
            && Quantities.TryParseTime(Quantities.FormatTime(time), out TimeSpan read) && read == time;
    });

    private static SettingValues Read(string text)
    {
        var values = new SettingValues();
        SettingsFile.Read("a.yaml", new StringReader(text), values);
        return values;
    }
}
