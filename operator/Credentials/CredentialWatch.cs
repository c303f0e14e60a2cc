using System.Collections.Concurrent;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Queue;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Shim.Http;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Credentials;

/// <summary>
/// Reads the Secrets that resources name, again and again, and tells the authenticator what is in them. In every replica: a standby
/// asks frameworks who they are before it tells them where to go, as a Mesos master does.
/// </summary>
/// <remarks>
/// Secrets are got by name, a few at a time: whoever may list or watch them may read all. What cannot be read for the moment stays as
/// it was; a Secret that is not there is a credential taken away.
/// </remarks>
internal sealed class CredentialWatch : IFrameworkAuthenticator, IDisposable
{
    private const int AtATime = 4;

    private static readonly Authentication NotAsked = new Authentication.NotAsked();

    private readonly IKubernetes _kubernetes;
    private readonly Informer<V1Alpha1MesosFramework> _resources;
    private readonly BasicAuthenticator _authenticator;
    private readonly CredentialSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly IDisposable _following;
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, SecretReading> _readings = [];
    private readonly ConcurrentDictionary<Action, byte> _followers = new();
    private readonly HashSet<ObjectKey> _awaited = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CredentialBook _book = CredentialBook.Empty;

    public CredentialWatch(
        IKubernetes kubernetes, Informer<V1Alpha1MesosFramework> resources, CredentialSettings settings, TimeProvider clock, Random random, ILogger log)
    {
        (_kubernetes, _resources, _settings, _clock, _log) = (kubernetes, resources, settings, clock, log);
        _authenticator = new BasicAuthenticator(allowAnonymous: !settings.AuthenticateFrameworks);
        var limits = new WorkQueueOptions { Workers = AtATime, FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(30) };
        _queue = new WorkQueue<ObjectKey>(limits, clock, random, log);
        _following = resources.Follow(Handle);
    }

    /// <summary>Every Secret that was named at the start has been asked for. No master may let frameworks in before.</summary>
    public bool HasSynced => _synced.Task.IsCompleted;

    /// <summary>Null: the resource names no Secret.</summary>
    public CredentialFinding? Of(V1Alpha1MesosFramework resource) => CredentialBook.SecretOf(resource) is { } secret
        ? _book.Findings.GetValueOrDefault(ObjectKey.Of(resource)) ?? new CredentialFinding(null, "SecretUnread", $"Secret '{secret}' has not been read yet")
        : null;

    /// <summary>Calls it after each change, until disposed. It must return at once.</summary>
    public IDisposable Follow(Action changed)
    {
        _followers.TryAdd(changed, 0);
        return new Following(this, changed);
    }

    /// <summary>Completes at <see cref="HasSynced"/>; Secrets that cannot be read are not waited for any longer than the settings say.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _resources.WaitForSyncAsync(cancellationToken);
        Await(_resources.Current.Objects.Where(resource => CredentialBook.SecretOf(resource) is not null).Select(resource => ObjectKey.Of(resource)));
        await using var patience = _clock.CreateTimer(_ => GiveUpWaiting(), null, _settings.SyncTimeout, Timeout.InfiniteTimeSpan);
        await _queue.RunAsync(ReadAsync, cancellationToken);
    }

    /// <remarks>Before the first sync no master of this process has recovered, and it answers so: nobody has to be asked for that.</remarks>
    public ValueTask<Authentication> AuthenticateAsync(string? authorization, CancellationToken ct) =>
        HasSynced ? _authenticator.AuthenticateAsync(authorization, ct) : new(NotAsked);

    public bool IsReserved(string principal) => _book.Reserved.Contains(principal);

    public void Dispose()
    {
        _following.Dispose();
        _queue.Dispose();
    }

    private ValueTask Handle(InformerEvent<V1Alpha1MesosFramework> happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case InformerEvent<V1Alpha1MesosFramework>.Added added:
                Note(added.Object);
                break;
            case InformerEvent<V1Alpha1MesosFramework>.Updated updated when updated.Previous.Metadata.Generation != updated.Object.Metadata.Generation:
                Note(updated.Object);
                break;
            case InformerEvent<V1Alpha1MesosFramework>.Deleted deleted:
                Note(deleted.Last);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void Note(V1Alpha1MesosFramework resource) => _queue.Add(ObjectKey.Of(resource));

    private void Await(IEnumerable<ObjectKey> keys)
    {
        lock (_lock)
        {
            _awaited.UnionWith(keys);
            foreach (var key in _awaited)
            {
                _queue.Add(key);
            }

            TellIfSynced();
        }
    }

    private async Task<WorkResult> ReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_resources.Current.Find(key) is not { } resource || CredentialBook.SecretOf(resource) is not { } name)
        {
            Take(key, null);
            return WorkResult.Done;
        }

        try
        {
            Take(key, await ReadSecretAsync(resource, name, cancellationToken));
            return WorkResult.RequeueAfter(_settings.Refresh);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Keep(key, new SecretReading(name, resource.Metadata.Generation, null, null, "SecretUnreadable", $"Secret '{name}' could not be read; it is tried again"));
            throw;
        }
    }

    private async Task<SecretReading> ReadSecretAsync(V1Alpha1MesosFramework resource, string name, CancellationToken cancellationToken)
    {
        var generation = resource.Metadata.Generation;
        try
        {
            var secret = await _kubernetes.GetAsync<V1Secret>(name, resource.Namespace(), cancellationToken);
            var (credential, problem) = CredentialReader.Read(secret);
            return credential is not null
                ? new(name, generation, secret.ResourceVersion(), credential, "CredentialsLoaded", $"The framework authenticates as '{credential.Principal}'")
                : new(name, generation, secret.ResourceVersion(), null, "SecretMalformed", problem!);
        }
        catch (KubernetesException missing) when (missing.IsNotFound)
        {
            return new(name, generation, null, null, "SecretNotFound", $"There is no Secret '{name}' in this namespace");
        }
        catch (KubernetesException forbidden) when (forbidden.IsForbidden && !HasCredential(ObjectKey.Of(resource), name))
        {
            _log.SecretForbidden(ObjectKey.Of(resource), name);
            return new(name, generation, null, null, "SecretForbidden", $"The bridge may not get Secret '{name}'; see the role mesos-bridge-credentials");
        }
    }

    private bool HasCredential(ObjectKey key, string secretName)
    {
        lock (_lock)
        {
            return _readings.TryGetValue(key, out var reading) && reading.SecretName == secretName && reading.Credential is not null;
        }
    }

    /// <summary>Only if nothing better is known of that Secret.</summary>
    private void Keep(ObjectKey key, SecretReading failure)
    {
        if (!HasCredential(key, failure.SecretName))
        {
            Take(key, failure, isAnswer: false);
        }
    }

    private void Take(ObjectKey key, SecretReading? reading, bool isAnswer = true)
    {
        lock (_lock)
        {
            var before = _readings.GetValueOrDefault(key);
            reading = reading is null ? null : reading with { LastPrincipal = before?.Principal };
            var isNew = reading is null ? _readings.Remove(key) : !reading.SaysTheSameAs(before);
            if (isNew)
            {
                Replace(key, reading);
            }

            if (isAnswer && _awaited.Remove(key))
            {
                TellIfSynced();
            }

            if (!isNew)
            {
                return;
            }
        }

        foreach (var follower in _followers.Keys)
        {
            follower();
        }
    }

    private void Replace(ObjectKey key, SecretReading? reading)
    {
        if (reading is not null)
        {
            _readings[key] = reading;
        }

        _book = CredentialBook.Of(_resources.Current.Objects, _readings);
        _authenticator.Replace(_book.Credentials);
    }

    private void TellIfSynced()
    {
        if (_awaited.Count == 0)
        {
            _synced.TrySetResult();
        }
    }

    private void GiveUpWaiting()
    {
        lock (_lock)
        {
            if (_awaited.Count > 0)
            {
                _log.SecretsUnread(_awaited.Count, _settings.SyncTimeout);
                _awaited.Clear();
                TellIfSynced();
            }
        }
    }

    private sealed class Following(CredentialWatch watch, Action follower) : IDisposable
    {
        public void Dispose() => watch._followers.TryRemove(follower, out _);
    }
}
