using Sonde.AbiGen;
using Sonde.Bpf.Btf;

const string Usage = "Usage: Sonde.AbiGen [--check] <object.bpf.o> <output.g.cs>";

bool isCheck = args.Contains("--check");
string[] paths = [.. args.Where(each => each != "--check")];
if (paths.Length != 2 || paths.Any(each => each.StartsWith('-')))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    string generated = CSharpWriter.Write(ExportedTypes.Of(BtfTypes.OfObject(File.ReadAllBytes(paths[0]))), NamespaceOf(paths[1]));
    if (!isCheck)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(paths[1]))!);
        File.WriteAllText(paths[1], generated);
        return 0;
    }

    string[] changes = [.. LineDifference.Between(File.Exists(paths[1]) ? File.ReadAllText(paths[1]) : "", generated)];
    if (changes.Length == 0)
    {
        return 0;
    }

    Console.Error.WriteLine($"{paths[1]} is not what {paths[0]} says; generate it again with tools/Sonde.AbiGen:");
    Array.ForEach(changes, Console.Error.WriteLine);
    return 1;
}
catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{paths[0]}: {failure.Message}");
    return 2;
}

// Folder = namespace, from the project on; "Generated" says how a file came about, not what it is.
static string NamespaceOf(string path)
{
    Stack<string> names = [];
    for (DirectoryInfo? folder = new FileInfo(path).Directory; folder is not null; folder = folder.Parent)
    {
        names.Push(folder.Name);
        if (folder.Exists && folder.EnumerateFiles("*.csproj").Any())
        {
            return string.Join('.', names.Where(name => name != "Generated"));
        }
    }

    throw new InvalidDataException($"{path} is in no project, so the namespace is not known.");
}
