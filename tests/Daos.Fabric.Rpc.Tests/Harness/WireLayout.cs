using System.Reflection;

namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>Checks that a wire structure's fields cover its size exactly: no padding, no overlap.</summary>
internal static class WireLayout
{
    internal static void CheckCovers<T>(int sizeBytes)
        where T : unmanaged
    {
        Assert.Equal(sizeBytes, Unsafe.SizeOf<T>());
        int expected = 0;
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(f => f.GetCustomAttribute<FieldOffsetAttribute>()!.Value))
        {
            Assert.Equal(expected, field.GetCustomAttribute<FieldOffsetAttribute>()!.Value);
            expected += field.FieldType.IsPrimitive ? Marshal.SizeOf(field.FieldType) : SizeOf(field.FieldType);
        }

        Assert.Equal(sizeBytes, expected);
    }

    private static int SizeOf(Type type) => (int)type.GetField("SizeBytes", BindingFlags.Static | BindingFlags.Public)!.GetRawConstantValue()!;
}
