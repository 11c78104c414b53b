namespace Daos.Fabric.Core.Tests.Identities;

public sealed class ObjectIdTests
{
    // Class SX (ordinal 1, all groups), S1, RP_2G1 (ordinal 8) and EC_4P2GX (ordinal 35), with types 0, 11, 8 and 13.
    [Theory]
    [InlineData(0u, 1UL, ObjectType.MultiHashed, 1, 0xFFFF, 0x0001_FFFF_0000_0000UL)]
    [InlineData(0x12345678u, 0x9ABCDEF0_11223344UL, ObjectType.Array, 1, 1, 0x0B01_0001_1234_5678UL)]
    [InlineData(0xFFFFFFFFu, ulong.MaxValue, ObjectType.KeyValueHashed, 8, 1, 0x0808_0001_FFFF_FFFFUL)]
    [InlineData(7u, 0UL, ObjectType.ArrayByte, 35, 0xFFFF, 0x0D23_FFFF_0000_0007UL)]
    public void Create_PutsTheFieldsWhereDaosDoes(uint userHigh, ulong userLow, ObjectType type, byte ordinal, int groups, ulong high)
    {
        ObjectId id = ObjectId.Create(userHigh, userLow, type, ordinal, (ushort)groups);
        Assert.Equal(high, id.High);
        Assert.Equal(userLow, id.Low);
        Assert.Equal(type, id.Type);
        Assert.Equal(ordinal, id.ClassOrdinal);
        Assert.Equal(groups, id.Groups);
        Assert.Equal(((uint)ordinal << 24) | (uint)groups, id.ClassId);
        Assert.Equal($"{high}.{userLow}", id.ToString());
    }

    [Fact]
    public void Write_IsLowThenHighLittleEndian()
    {
        var id = new ObjectId(0x0102030405060708, 0x1112131415161718);
        var bytes = new byte[ObjectId.SizeBytes];
        id.Write(bytes);
        Assert.Equal("18171615141312110807060504030201", Convert.ToHexString(bytes));
        Assert.Equal(id, ObjectId.Read(bytes));
    }

    [Fact]
    public void ObjectType_HasTheNumbersOfDaos()
    {
        string[] names =
        [
            "MultiHashed", "ObjectIdTable", "DkeyUInt64", "AkeyUInt64", "MultiUInt64", "DkeyLexical", "AkeyLexical", "MultiLexical",
            "KeyValueHashed", "KeyValueUInt64", "KeyValueLexical", "Array", "ArrayAttributes", "ArrayByte", "ObjectIdTable2",
        ];
        Assert.Equal(names, Enum.GetNames<ObjectType>());
        Assert.Equal(Enumerable.Range(0, 15), Enum.GetValues<ObjectType>().Select(t => (int)t));
    }

    [Theory]
    [InlineData(ObjectType.MultiHashed, KeyOrder.Hashed, KeyOrder.Hashed)]
    [InlineData(ObjectType.DkeyUInt64, KeyOrder.Integer, KeyOrder.Hashed)]
    [InlineData(ObjectType.AkeyUInt64, KeyOrder.Hashed, KeyOrder.Integer)]
    [InlineData(ObjectType.MultiUInt64, KeyOrder.Integer, KeyOrder.Integer)]
    [InlineData(ObjectType.DkeyLexical, KeyOrder.Lexical, KeyOrder.Hashed)]
    [InlineData(ObjectType.AkeyLexical, KeyOrder.Hashed, KeyOrder.Lexical)]
    [InlineData(ObjectType.MultiLexical, KeyOrder.Lexical, KeyOrder.Lexical)]
    [InlineData(ObjectType.KeyValueHashed, KeyOrder.Hashed, KeyOrder.Hashed)]
    [InlineData(ObjectType.KeyValueUInt64, KeyOrder.Integer, KeyOrder.Hashed)]
    [InlineData(ObjectType.KeyValueLexical, KeyOrder.Lexical, KeyOrder.Hashed)]
    [InlineData(ObjectType.Array, KeyOrder.Integer, KeyOrder.Hashed)]
    public void KeyOrders_FollowTheType(ObjectType type, KeyOrder dkey, KeyOrder akey)
    {
        ObjectId id = ObjectId.Create(0, 1, type);
        Assert.Equal(dkey, id.DkeyOrder);
        Assert.Equal(akey, id.AkeyOrder);
    }

    [Fact]
    public void Order_IsThatOfA128BitNumber()
    {
        var small = new ObjectId(1, ulong.MaxValue);
        var large = new ObjectId(2, 0);
        Assert.True(small < large);
        Assert.True(large > small);
        Assert.True(new ObjectId(1, 1) <= new ObjectId(1, 1));
        Assert.True(new ObjectId(1, 2) >= new ObjectId(1, 1));
    }
}
