using FsCheck;
using FsCheck.Fluent;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>Properties are tried on new values each time; a failure prints the seed that repeats it.</summary>
internal static class Properties
{
    public static void Hold(this Property property, int tests = 100) =>
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithQuietOnSuccess(quietOnSuccess: true));
}
