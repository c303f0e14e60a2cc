using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Operator.Tests.Credentials;

public sealed class CredentialBookTests
{
    [Fact]
    public void A_principal_belongs_to_the_namespace_that_named_it_first()
    {
        var older = Resource("a", "one", age: 1);
        var neighbour = Resource("a", "two", age: 3);
        var thief = Resource("b", "thief", age: 2);

        var book = CredentialBook.Of([thief, neighbour, older], Readings((older, "p"), (neighbour, "p"), (thief, "p")));

        Assert.Equal("p", Find(book, older).Principal);
        Assert.Equal("p", Find(book, neighbour).Principal);
        Assert.Equal((null, "PrincipalTaken"), (Find(book, thief).Principal, Find(book, thief).Reason));
        Assert.Equal("Principal 'p' belongs to a/one, which is older and in another namespace", Find(book, thief).Message);
        Assert.Equal(2, book.Credentials.Length);
    }

    [Fact]
    public void A_Secret_for_another_principal_than_the_resource_says_admits_nobody_and_claims_nothing()
    {
        var wrong = Resource("a", "wrong", age: 1, principal: "q");
        var right = Resource("b", "right", age: 2);

        var book = CredentialBook.Of([wrong, right], Readings((wrong, "p"), (right, "p")));

        Assert.Equal("PrincipalMismatch", Find(book, wrong).Reason);
        Assert.Equal("p", Find(book, right).Principal);
    }

    [Theory]
    [InlineData("p", null)] // Named by the resource,
    [InlineData(null, "p")] // or known from the Secret that was there.
    public void A_principal_whose_Secret_is_away_is_reserved_and_nobody_else_s(string? named, string? known)
    {
        var owner = Resource("a", "owner", age: 1, principal: named);
        var neighbour = Resource("a", "neighbour", age: 3);
        var thief = Resource("b", "thief", age: 2);
        var readings = Readings((neighbour, "p"), (thief, "p"));
        readings[ObjectKey.Of(owner)] = new SecretReading("s", 1, null, null, "SecretNotFound", "") { LastPrincipal = known };

        var book = CredentialBook.Of([thief, neighbour, owner], readings);

        Assert.Equal((null, "SecretNotFound"), (Find(book, owner).Principal, Find(book, owner).Reason));
        Assert.Equal((null, "PrincipalTaken"), (Find(book, thief).Principal, Find(book, thief).Reason));
        Assert.Equal("p", Find(book, neighbour).Principal);
        Assert.Equal(["p"], book.Reserved);
        Assert.Single(book.Credentials);
    }

    [Fact]
    public void A_principal_is_reserved_before_its_Secret_was_ever_read_and_none_where_none_is_known()
    {
        var named = Resource("a", "named", age: 1, principal: "p");
        var unnamed = Resource("a", "unnamed", age: 2);
        var without = Resource("a", "without", age: 3, principal: "q");
        without.Spec.CredentialSecretRef = null;

        Assert.Equal(["p"], CredentialBook.Of([named, unnamed, without], Readings()).Reserved);
    }

    [Fact]
    public void A_reading_of_another_Secret_than_the_one_now_named_does_not_count()
    {
        var resource = Resource("a", "one", age: 1);
        var readings = Readings((resource, "p"));
        resource.Spec.CredentialSecretRef!.Name = "another";

        var book = CredentialBook.Of([resource], readings);

        Assert.Equal("SecretUnread", Find(book, resource).Reason);
        Assert.Empty(book.Credentials);
    }

    [Fact]
    public void Who_names_a_Secret_that_holds_nothing_admits_nobody_and_who_names_none_admits_anybody()
    {
        var without = Resource("a", "without", age: 1);
        without.Spec.CredentialSecretRef = null;
        var empty = Resource("a", "empty", age: 2, principal: "p");
        var full = Resource("a", "full", age: 3);

        var policies = FrameworkSpecs.Policies([without, empty, full], resource => resource.Name() switch
        {
            "empty" => new CredentialFinding(null, "SecretNotFound", ""),
            "full" => new CredentialFinding("proven", "CredentialsLoaded", ""),
            _ => null,
        });

        Assert.Equal(
            [("a/empty", "p", true), ("a/full", "proven", false), ("a/without", null, false)],
            policies.Select(policy => (policy.Key, policy.Principal, policy.AdmitsNobody)));
        Assert.False(PolicyComparison.AreEqual(policies, FrameworkSpecs.Policies([without, empty, full], resource => resource.Name() switch
        {
            "empty" => new CredentialFinding("p", "CredentialsLoaded", ""),
            "full" => new CredentialFinding("proven", "CredentialsLoaded", ""),
            _ => null,
        })));
    }

    private static CredentialFinding Find(CredentialBook book, V1Alpha1MesosFramework resource) => book.Findings[ObjectKey.Of(resource)];

    private static Dictionary<ObjectKey, SecretReading> Readings(params (V1Alpha1MesosFramework Resource, string Principal)[] held) => held.ToDictionary(
        each => ObjectKey.Of(each.Resource),
        each => new SecretReading("s", 1, "1", new Credential(each.Principal, "x"u8.ToArray()), "CredentialsLoaded", ""));

    private static V1Alpha1MesosFramework Resource(string @namespace, string name, int age, string? principal = null) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = @namespace, Name = name, Generation = 1, CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(age) },
        Spec = new V1Alpha1MesosFrameworkSpec { Principal = principal, CredentialSecretRef = new V1LocalObjectReference { Name = "s" } },
    };
}
