using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class EventRecorderTests
{
    private readonly VirtualTime _time = new();

    private readonly FakeKubernetes _kubernetes = new();

    private readonly V1Pod _pod = new() { Metadata = new() { Name = "p", NamespaceProperty = "n", Uid = "u" }, ApiVersion = "v1", Kind = "Pod" };

    [Fact]
    public async Task Like_events_are_one_with_a_count()
    {
        var recorder = Recorder(new() { Component = "mesos-bridge", Instance = "i" });
        recorder.Normal(_pod, "Launched", "as task t");
        recorder.Normal(_pod, "Launched", "as task t");
        recorder.Warning(_pod, "Lost", "no node");
        recorder.Normal(_pod, "Launched", "as task t");
        await DrainAsync(recorder);

        var (launched, lost) = (_kubernetes.All<Corev1Event>().Single(e => e.Reason == "Launched"), _kubernetes.All<Corev1Event>().Single(e => e.Reason == "Lost"));
        Assert.Equal((3, "Normal", "n", "u", "mesos-bridge"), (launched.Count, launched.Type, launched.Namespace(), launched.InvolvedObject!.Uid, launched.Source!.Component));
        Assert.Equal((1, "Warning", VirtualTime.Epoch), (lost.Count, lost.Type, lost.FirstTimestamp));
        Assert.StartsWith("p.", lost.Name());
    }

    [Fact]
    public async Task After_ten_minutes_it_is_a_new_event()
    {
        var recorder = Recorder(new() { Component = "c", Instance = "i" });
        recorder.Normal(_pod, "Launched", "x");
        _time.Run(() => _time.Delay(601));
        recorder.Normal(_pod, "Launched", "x");
        await DrainAsync(recorder);

        Assert.Equal([1, 1], _kubernetes.All<Corev1Event>().Select(e => e.Count!.Value));
    }

    [Fact]
    public async Task An_event_the_server_has_forgotten_is_made_again()
    {
        var recorder = Recorder(new() { Component = "c", Instance = "i" });
        recorder.Normal(_pod, "Launched", "x");
        await DrainAsync(recorder);
        _kubernetes.Remove<Corev1Event>("n", _kubernetes.All<Corev1Event>().Single().Name());
        recorder.Normal(_pod, "Launched", "x");
        await DrainAsync(recorder);

        Assert.Equal(2, _kubernetes.All<Corev1Event>().Single().Count);
    }

    [Fact]
    public async Task One_object_cannot_crowd_out_the_others()
    {
        var recorder = Recorder(new() { Component = "c", Instance = "i" });
        for (var i = 0; i < 100; i++)
        {
            recorder.Normal(_pod, "Launched", $"{i}");
        }

        recorder.Normal(new V1Node { Metadata = new() { Name = "node", Uid = "v" }, Kind = "Node" }, "Ready", "it is");
        await DrainAsync(recorder);

        Assert.Equal(25, _kubernetes.All<Corev1Event>().Count(e => e.Reason == "Launched"));
        Assert.Equal(75, recorder.Dropped);
        Assert.Equal("default", _kubernetes.All<Corev1Event>().Single(e => e.Reason == "Ready").Namespace());
    }

    [Fact]
    public void Recording_never_waits()
    {
        var recorder = Recorder(new() { Component = "c", Instance = "i", Capacity = 10 });
        for (var i = 0; i < 100; i++)
        {
            recorder.Normal(_pod, "Launched", $"{i}");
        }

        Assert.Equal(90, recorder.Dropped);
    }

    [Fact]
    public async Task A_server_that_refuses_is_nobodys_trouble()
    {
        _kubernetes.Before = (_, _) => throw new KubernetesException(403, "Forbidden", "no");
        var recorder = Recorder(new() { Component = "c", Instance = "i" });
        recorder.Normal(_pod, "Launched", new string('x', 5000));
        await DrainAsync(recorder);
        _kubernetes.Before = (_, _) => Task.CompletedTask;
        recorder.Normal(_pod, "Launched", new string('x', 5000));
        await DrainAsync(recorder);

        var written = _kubernetes.All<Corev1Event>().Single();
        Assert.Equal((2, 1024), (written.Count, written.Message!.Length));
    }

    private static async Task DrainAsync(EventRecorder recorder)
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await recorder.RunAsync(stopped.Token).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private EventRecorder Recorder(EventRecorderOptions options) => new(_kubernetes, options, _time, NullLogger.Instance);
}
