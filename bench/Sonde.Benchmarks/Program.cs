using Sonde.Benchmarks;

if (args is [Sink.Argument])
{
    using var sink = new Sink();
    Console.WriteLine(sink.Endpoint);
    await sink.AcceptAsync();
}

ExportBenchmark.Run();
