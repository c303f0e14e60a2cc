using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.OpenApi;

/// <summary>The document in the protobuf form that kubectl up to 1.26 asks for.</summary>
/// <remarks>github.com/googleapis/gnostic, openapiv2/OpenAPIv2.proto: the numbers are those of its messages.</remarks>
internal static class OpenApiProtobuf
{
    public static byte[] Write(JsonObject document)
    {
        var writer = new Message();
        writer.Text(1, document.Text("swagger"));
        writer.Nested(2, info =>
        {
            info.Text(1, document.Text("info", "title"));
            info.Text(2, document.Text("info", "version"));
        });
        writer.Nested(8, paths => Named(paths, 2, document.Object("paths"), Path));
        writer.Nested(9, definitions => Named(definitions, 1, document.Object("definitions"), Schema));
        return writer.ToArray();
    }

    private static void Named(Message parent, int field, JsonObject? members, Action<Message, JsonObject> write)
    {
        foreach (var (name, value) in members ?? [])
        {
            parent.Nested(field, entry =>
            {
                entry.Text(1, name);
                entry.Nested(2, message => write(message, value as JsonObject ?? []));
            });
        }
    }

    private static void Path(Message path, JsonObject value)
    {
        var patch = value.Object("patch")!;
        path.Nested(8, operation =>
        {
            operation.Text(5, patch.Text("operationId"));
            foreach (var parameter in patch.Array("parameters").Objects())
            {
                operation.Nested(8, item => item.Nested(1, any => any.Nested(2, plain => plain.Nested(3, query =>
                {
                    query.Text(2, "query");
                    query.Text(4, parameter.Text("name"));
                    query.Text(6, parameter.Text("type"));
                }))));
            }

            Extensions(operation, 13, patch);
        });
    }

    private static void Schema(Message message, JsonObject schema)
    {
        message.Text(1, schema.Text("$ref"));
        message.Text(2, schema.Text("format"));
        message.Text(4, schema.Text("description"));
        foreach (var name in schema.Array("required").Strings())
        {
            message.Text(19, name);
        }

        foreach (var value in schema.Array("enum") ?? [])
        {
            message.Nested(20, any => any.Text(2, JsonTree.ToText(value)));
        }

        if (schema.Object("additionalProperties") is { } additional)
        {
            message.Nested(21, item => item.Nested(1, inner => Schema(inner, additional)));
        }

        if (schema.Text("type") is { } type)
        {
            message.Nested(22, item => item.Text(1, type));
        }

        if (schema.Object("items") is { } items)
        {
            message.Nested(23, item => item.Nested(1, inner => Schema(inner, items)));
        }

        if (schema.Object("properties") is { Count: > 0 } properties)
        {
            message.Nested(25, inner => Named(inner, 1, properties, Schema));
        }

        Extensions(message, 31, schema);
    }

    // JSON is YAML.
    private static void Extensions(Message message, int field, JsonObject value)
    {
        foreach (var (name, extension) in value.Where(m => m.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            message.Nested(field, entry =>
            {
                entry.Text(1, name);
                entry.Nested(2, any => any.Text(2, JsonTree.ToText(extension)));
            });
        }
    }

    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

        public void Text(int field, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                Bytes(field, Encoding.UTF8.GetBytes(text));
            }
        }

        public void Nested(int field, Action<Message> write)
        {
            var inner = new Message();
            write(inner);
            Bytes(field, inner.ToArray());
        }

        private void Bytes(int field, byte[] bytes)
        {
            Varint((uint)((field << 3) | 2));
            Varint((uint)bytes.Length);
            _bytes.Write(bytes);
        }

        private void Varint(uint value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                _bytes.Write([(byte)(value | 0x80)]);
            }

            _bytes.Write([(byte)value]);
        }
    }
}
