using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Where tasks get their URIs from: files by path, at an address that the node's Pods reach.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private FileServer(WebApplication server) => _server = server;

    public string Uri => _server.Urls.Single();

    public static async Task<FileServer> StartAsync(IReadOnlyDictionary<string, byte[]> files)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{RealNode.Address}:0");
        var server = builder.Build();
        server.Run(context => files.TryGetValue(context.Request.Path, out var file)
            ? context.Response.Body.WriteAsync(file, context.RequestAborted).AsTask()
            : NotFound(context));
        await server.StartAsync();
        return new FileServer(server);
    }

    /// <summary>An archive <c>.tar.gz</c> of one file.</summary>
    public static byte[] TarGz(string path, string text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return bytes.ToArray();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
