using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Shim.Tests.Http;

public sealed class MediaTypesTests
{
    [Theory]
    [InlineData(null, "Json")]
    [InlineData("*/*", "Json")]
    [InlineData("application/*", "Json")]
    [InlineData("APPLICATION/JSON", "Json")]
    [InlineData("application/x-protobuf", "Protobuf")]
    [InlineData("application/x-protobuf, application/json;q=0.1", "Json")]
    [InlineData("application/json;q=0, application/x-protobuf", "Protobuf")]
    [InlineData("application/json ; q=0.000, */*", "Protobuf")]
    [InlineData("*/*;q=0, application/json", "Json")]
    [InlineData("application/*;q=0, */*", null)]
    [InlineData("application/json;q=high", null)]
    [InlineData("application/json;charset=utf-8", "Json")]
    [InlineData("text/html, */*;q=0", null)]
    [InlineData("text/html", null)]
    [InlineData("application/jsonx", null)]
    [InlineData(" , ;,", null)]
    [InlineData("", null)]
    public void The_answer_is_json_unless_only_protobuf_is_acceptable(string? accept, string? expected) =>
        Assert.Equal(expected, MediaTypes.Acceptable(accept)?.ToString());

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("*;q=0", false)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("identity", false)]
    public void Gzip_is_used_only_where_it_is_named_or_anything_goes(string? acceptEncoding, bool accepted) =>
        Assert.Equal(accepted, MediaTypes.AcceptsGzip(acceptEncoding));
}
