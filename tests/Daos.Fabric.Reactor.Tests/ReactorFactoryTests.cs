namespace Daos.Fabric.Reactor.Tests;

public sealed class ReactorFactoryTests
{
    [Fact]
    public void Create_UnknownKind_SaysWhatIsKnown()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => ReactorFactory.Create("kqueue"));
        Assert.Contains("'kqueue' is unknown", exception.Message, StringComparison.Ordinal);
        Assert.Contains("uring, epoll, portable", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("portable")]
    public void Create_KnownKind_IsOfThatKind(string kind)
    {
        using Reactor reactor = ReactorFactory.Create(kind);
        Assert.Equal(kind, reactor.Kind);
    }
}
