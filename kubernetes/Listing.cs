using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes;

/// <summary>Lists in pages, so that neither side holds a large cluster in one answer.</summary>
public static class Listing
{
    /// <summary>Items a page has unless <see cref="ListOptions.Limit"/> says otherwise; what kubectl asks for.</summary>
    public const int PageSize = 500;

    /// <summary>One page after another, all of one moment.</summary>
    /// <exception cref="KubernetesException">410 when the server has forgotten that moment: begin again.</exception>
    public static async IAsyncEnumerable<KubernetesList<T>> ListPagesAsync<T>(
        this IKubernetes kubernetes,
        string? namespaceName = null,
        ListOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        options ??= new();
        options = options with { Limit = options.Limit ?? PageSize };
        while (true)
        {
            var page = await kubernetes.ListAsync<T>(namespaceName, options, cancellationToken);
            yield return page;
            if (string.IsNullOrEmpty(page.Metadata.Continue))
            {
                yield break;
            }

            // A continue token carries its own resource version.
            options = options with { Continue = page.Metadata.Continue, ResourceVersion = null };
        }
    }

    /// <summary>All pages as one list.</summary>
    /// <exception cref="KubernetesException">410 when the list took longer than the server remembers.</exception>
    public static async Task<KubernetesList<T>> ListAllAsync<T>(
        this IKubernetes kubernetes, string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var items = new List<T>();
        V1ListMeta? last = null;
        await foreach (var page in kubernetes.ListPagesAsync<T>(namespaceName, options, cancellationToken))
        {
            items.AddRange(page.Items);
            last = page.Metadata;
        }

        return new(items, last);
    }
}
