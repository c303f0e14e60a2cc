using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.OpenApi;

internal sealed class OpenApiDocuments(ResourceRegistry registry)
{
    public Task AnswerAsync(HttpContext http) => registry.All.IsEmpty ? Task.CompletedTask : throw Failures.NoSuchResource();
}
