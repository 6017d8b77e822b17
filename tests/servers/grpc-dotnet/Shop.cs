using System.Text;
using Grpc.Core;

namespace GrpcShop;

/// <summary>Messages are raw bytes; what a request says decides how it is answered: a name of a status, <c>slow MS</c>, anything else.</summary>
internal static class ShopMethods
{
    private const string Service = "sonde.test.Shop";

    private static readonly Marshaller<byte[]> s_raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    public static Method<byte[], byte[]> Buy { get; } = New(MethodType.Unary, "Buy");

    public static Method<byte[], byte[]> Watch { get; } = New(MethodType.ServerStreaming, "Watch");

    public static Method<byte[], byte[]> Fill { get; } = New(MethodType.ClientStreaming, "Fill");

    public static Method<byte[], byte[]> Chat { get; } = New(MethodType.DuplexStreaming, "Chat");

    public static Method<byte[], byte[]> Nothing { get; } = New(MethodType.Unary, "Nothing");

    private static Method<byte[], byte[]> New(MethodType type, string name) => new(type, Service, name, s_raw, s_raw);
}

/// <summary>What grpc-dotnet wants to find the methods by.</summary>
[BindServiceMethod(typeof(ShopBase), nameof(Bind))]
internal abstract class ShopBase
{
    public static void Bind(ServiceBinderBase binder, ShopBase? service)
    {
        binder.AddMethod(ShopMethods.Buy, service is null ? null : new UnaryServerMethod<byte[], byte[]>(service.Buy));
        binder.AddMethod(ShopMethods.Watch, service is null ? null : new ServerStreamingServerMethod<byte[], byte[]>(service.Watch));
        binder.AddMethod(ShopMethods.Fill, service is null ? null : new ClientStreamingServerMethod<byte[], byte[]>(service.Fill));
        binder.AddMethod(ShopMethods.Chat, service is null ? null : new DuplexStreamingServerMethod<byte[], byte[]>(service.Chat));
    }

    public abstract Task<byte[]> Buy(byte[] request, ServerCallContext context);

    public abstract Task Watch(byte[] request, IServerStreamWriter<byte[]> replies, ServerCallContext context);

    public abstract Task<byte[]> Fill(IAsyncStreamReader<byte[]> requests, ServerCallContext context);

    public abstract Task Chat(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> replies, ServerCallContext context);
}

/// <summary>The gRPC shop with grpc-dotnet on Kestrel.</summary>
internal sealed class Shop : ShopBase
{
    public override Task<byte[]> Buy(byte[] request, ServerCallContext context) => AnswerAsync(request, context);

    public override async Task Watch(byte[] request, IServerStreamWriter<byte[]> replies, ServerCallContext context)
    {
        for (int i = 0; i < 3; i++)
        {
            await replies.WriteAsync(await AnswerAsync(request, context));
        }
    }

    public override async Task<byte[]> Fill(IAsyncStreamReader<byte[]> requests, ServerCallContext context)
    {
        byte[] last = [];
        while (await requests.MoveNext(context.CancellationToken))
        {
            last = requests.Current;
        }

        return await AnswerAsync(last, context);
    }

    public override async Task Chat(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> replies, ServerCallContext context)
    {
        while (await requests.MoveNext(context.CancellationToken))
        {
            await replies.WriteAsync(await AnswerAsync(requests.Current, context));
        }
    }

    private static async Task<byte[]> AnswerAsync(byte[] request, ServerCallContext context)
    {
        string text = Encoding.UTF8.GetString(request);
        if (text.StartsWith("slow ", StringComparison.Ordinal))
        {
            await Task.Delay(int.Parse(text[5..], System.Globalization.CultureInfo.InvariantCulture), context.CancellationToken);
        }
        else if (StatusNames.TryParse(text.Split(' ')[0], out StatusCode code))
        {
            throw new RpcException(new Status(code, $"asked for {text}"));
        }

        return [.. "receipt for "u8, .. request];
    }
}
