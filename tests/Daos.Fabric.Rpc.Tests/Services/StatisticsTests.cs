using System.Reflection;

namespace Daos.Fabric.Rpc.Tests.Services;

public sealed class StatisticsTests
{
    [Fact]
    public void List_HasEveryFigureOnce()
    {
        var statistics = new RpcStatistics();
        FieldInfo[] fields = typeof(RpcStatistics).GetFields(BindingFlags.Instance | BindingFlags.Public);
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i].SetValue(statistics, (long)i + 1);
        }

        IReadOnlyList<(string Name, long Value)> list = statistics.List();
        Assert.Equal(fields.Length, list.Select(f => f.Name).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, fields.Length).Select(i => (long)i), list.Select(f => f.Value).Order());
    }
}
