using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Shim.Tests.Http;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/api/v1/scheduler", "/master/api/v1/scheduler", "", "api/v1/scheduler")]
    [InlineData("/master/api/v1/scheduler?a=b?c", "/master/api/v1/scheduler", "?a=b?c", "api/v1/scheduler")]
    [InlineData("http://host:5050/health?x", "/master/health", "?x", "health")]
    [InlineData("http://host:5050", "/master/", "", "")]
    [InlineData("//api//v1/scheduler//", "/master//api//v1/scheduler//", "", "api//v1/scheduler")]
    [InlineData("/master", "/master", "", "")]
    [InlineData("/masterful", "/master/masterful", "", "masterful")]
    [InlineData("*", "/master*", "", "*")]
    public void Master_is_put_in_front_of_any_path_that_does_not_begin_with_it(string raw, string path, string query, string route)
    {
        var target = RequestTarget.Parse(raw);

        Assert.Equal((path, query, route), (target.Path, target.Query, target.Route));
    }
}
