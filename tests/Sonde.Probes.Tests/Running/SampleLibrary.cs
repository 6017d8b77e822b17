using System.Diagnostics;

namespace Sonde.Probes.Tests.Running;

/// <summary>A small shared library with one function, compiled once; copies of it are files of their own.</summary>
internal static class SampleLibrary
{
    private static readonly Lazy<string> _folder = new(Compile);
    private static int _copies;

    internal static string Folder => _folder.Value;

    /// <summary>A distinct file, in a folder of its own, called <c>libsondesample.so.1</c>.</summary>
    internal static string Copy()
    {
        string folder = Directory.CreateDirectory($"{Folder}/{Interlocked.Increment(ref _copies)}").FullName;
        string path = $"{folder}/libsondesample.so.1";
        File.Copy($"{Folder}/libsondesample.so", path);
        return path;
    }

    private static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-library-").FullName;
        File.WriteAllText($"{folder}/sample.c", "int sonde_sample(int number) { return number + 1; }\n");
        using Process clang = Process.Start("clang", ["-O1", "-shared", "-fPIC", "-o", $"{folder}/libsondesample.so", $"{folder}/sample.c"]);
        clang.WaitForExit();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return clang.ExitCode == 0 ? folder : throw new InvalidOperationException("clang could not compile the sample for the tests.");
    }
}
