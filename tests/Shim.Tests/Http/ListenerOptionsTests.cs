using MesosK8sBridge.Shim.Http;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Tests.Http;

public sealed class ListenerOptionsTests
{
    [Fact]
    public void Settings_out_of_range_are_named_before_anything_starts()
    {
        var options = new ListenerOptions { MaxBodyBytes = 0, DrainTimeout = TimeSpan.Zero };

        var refusal = Assert.Throws<OptionsValidationException>(
            () => new MesosEndpoint(new ScriptedMaster(), options, TimeProvider.System, new RecordedLog()));

        Assert.Contains(nameof(options.MaxBodyBytes), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(options.DrainTimeout), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_in_range() =>
        Assert.True(new ListenerOptionsValidator().Validate(null, new ListenerOptions()).Succeeded);
}
