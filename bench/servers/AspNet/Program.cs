// The ASP.NET Core server of bench/tracer: one minimal API, nothing logged. Its address comes in ASPNETCORE_URLS.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
WebApplication app = builder.Build();
app.MapGet("/", () => "{\"id\":42,\"name\":\"sonde\",\"state\":\"in order\"}");
app.Run();
