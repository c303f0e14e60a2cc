using System.Buffers;
using System.IO.Pipelines;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Reads the body of a request into a call.</summary>
internal static class CallReader
{
    /// <summary>Exactly one of the two is returned.</summary>
    /// <exception cref="BadHttpRequestException">The body is too slow, or its chunks are malformed.</exception>
    public static async ValueTask<(Call? Call, HttpAnswer? Refusal)> ReadAsync(
        HttpRequest request, MediaType mediaType, long maxBytes, CancellationToken ct)
    {
        if (request.ContentLength > maxBytes)
        {
            return (null, Refusals.BodyTooLarge(maxBytes));
        }

        var body = request.BodyReader;
        var bytes = await ReadToEndAsync(body, maxBytes, ct);
        try
        {
            return bytes.Length > maxBytes ? (null, Refusals.BodyTooLarge(maxBytes)) : (Parse(bytes, mediaType), null);
        }
        catch (MesosProtobufException)
        {
            return (null, new HttpAnswer(400, "Failed to parse body into Call protobuf"));
        }
        catch (MesosJsonException e) when (e.Error == MesosJsonError.NotJson)
        {
            return (null, new HttpAnswer(400, "Failed to parse body into JSON: " + e.Message));
        }
        catch (MesosJsonException e)
        {
            return (null, new HttpAnswer(400, "Failed to convert JSON into Call protobuf: " + e.Message));
        }
        finally
        {
            body.AdvanceTo(bytes.End);
        }
    }

    private static Call Parse(in ReadOnlySequence<byte> bytes, MediaType mediaType) =>
        mediaType == MediaType.Json ? MesosJson.Parse<Call>(bytes) : MesosProtobuf.Parse<Call>(bytes);

    /// <summary>
    /// Holds only what has come, whatever length was announced. The server bounds its pace; beyond <paramref name="maxBytes"/>
    /// reading ends early, and the server lets go by what still comes.
    /// </summary>
    private static async ValueTask<ReadOnlySequence<byte>> ReadToEndAsync(PipeReader body, long maxBytes, CancellationToken ct)
    {
        while (true)
        {
            var read = await ReadAsync(body, ct);
            if (read.IsCompleted || read.Buffer.Length > maxBytes)
            {
                return read.Buffer;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader body, CancellationToken ct)
    {
        try
        {
            return await body.ReadAsync(ct);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // Kestrel's complaint about a chunk size that is no int.
            throw new BadHttpRequestException(e.Message, StatusCodes.Status400BadRequest, e);
        }
    }
}
