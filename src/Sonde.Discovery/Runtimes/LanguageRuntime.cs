namespace Sonde.Discovery.Runtimes;

/// <summary>A language runtime as OpenTelemetry names it (semantic conventions, process runtimes and <c>telemetry.sdk.language</c>).</summary>
/// <param name="Name"><c>process.runtime.name</c>; for native programs the compiler, null where it isn't known.</param>
/// <param name="Language"><c>telemetry.sdk.language</c>.</param>
internal sealed record LanguageRuntime(string? Name, string Language)
{
    public static readonly LanguageRuntime DotNet = new(".NET", "dotnet");
    public static readonly LanguageRuntime Java = new("OpenJDK Runtime Environment", "java");
    public static readonly LanguageRuntime NodeJs = new("nodejs", "nodejs");
    public static readonly LanguageRuntime Deno = new("deno", "nodejs");
    public static readonly LanguageRuntime Bun = new("bun", "nodejs");
    public static readonly LanguageRuntime CPython = new("cpython", "python");
    public static readonly LanguageRuntime PyPy = new("pypy", "python");
    public static readonly LanguageRuntime Go = new("go", "go");
    public static readonly LanguageRuntime Ruby = new("ruby", "ruby");
    public static readonly LanguageRuntime Php = new("php", "php");
    public static readonly LanguageRuntime Erlang = new("BEAM", "erlang");
    public static readonly LanguageRuntime Perl = new("perl", "perl");
    public static readonly LanguageRuntime Rust = new("rustc", "rust");
    public static readonly LanguageRuntime Cpp = new(null, "cpp");
}
