namespace Daos.Fabric.Store.Trees;

/// <summary>
/// The extents of an array: adding, removing, and the tree of each length class for scans. An akey's root word is 0, one extent | 1, or
/// an <see cref="ExtentClassesDf"/>. Owned by one xstream.
/// </summary>
internal static unsafe class ArrayExtents
{
    /// <summary>Adds an extent. DER_TX_RESTART when the same range was written at the same stamp, DER_NOSPACE.</summary>
    public static DerCode Add(TreeMemory memory, ulong akey, ulong extent)
    {
        ulong rootWord = akey + KeyRecordDf.BelowOffset;
        ulong root = memory.Word(rootWord);
        if (root == 0)
        {
            memory.SetWord(rootWord, extent | BTree.InlineTag);
            return DerCode.Success;
        }

        if ((root & BTree.InlineTag) != 0)
        {
            ulong classes = memory.Transaction.Allocate(ExtentClassesDf.SizeBytes);
            DerCode moved = classes == 0 ? DerCode.NoSpace : AddToClass(memory, classes, root & ~BTree.InlineTag);
            if (moved.IsError)
            {
                return moved;
            }

            memory.SetWord(rootWord, classes);
            root = classes;
        }

        return AddToClass(memory, root, extent);
    }

    /// <summary>Takes an extent out; its record is not freed.</summary>
    public static void Remove(TreeMemory memory, ulong akey, ulong extent)
    {
        ulong rootWord = akey + KeyRecordDf.BelowOffset;
        ulong root = memory.Word(rootWord);
        if ((root & BTree.InlineTag) != 0)
        {
            Invariant.Check((root & ~BTree.InlineTag) == extent);
            memory.SetWord(rootWord, 0);
            return;
        }

        var record = memory.Read<ExtentDf>(extent);
        int lengthClass = ExtentClassesDf.ClassOf(record->Count);
        ulong classRoot = ExtentClassesDf.RootOffset(root, lengthClass);
        Invariant.Check(BTree.Remove(memory, classRoot, new ExtentKey(record->Start, record->Count, record->Stamp)) == extent);
        if (memory.Word(classRoot) != 0)
        {
            return;
        }

        var classes = memory.Edit<ExtentClassesDf>(root);
        classes->Classes &= ~(1u << lengthClass);
        if (classes->Classes == 0)
        {
            memory.Transaction.Free(root, ExtentClassesDf.SizeBytes);
            memory.SetWord(rootWord, 0);
        }
    }

    /// <summary>Bits of the classes that hold extents; an inline extent counts as its class.</summary>
    public static uint ClassesOf(TreeMemory memory, ulong akey)
    {
        ulong root = memory.Read<KeyRecordDf>(akey)->Below;
        if (root == 0)
        {
            return 0;
        }

        return (root & BTree.InlineTag) != 0
            ? 1u << ExtentClassesDf.ClassOf(memory.Read<ExtentDf>(root & ~BTree.InlineTag)->Count)
            : memory.Read<ExtentClassesDf>(root)->Classes;
    }

    /// <summary>Root of the tree of one class.</summary>
    public static ulong RootOf(TreeMemory memory, ulong akey, int lengthClass)
    {
        ulong root = memory.Read<KeyRecordDf>(akey)->Below;
        return (root & BTree.InlineTag) != 0 ? root : memory.Word(ExtentClassesDf.RootOffset(root, lengthClass));
    }

    private static DerCode AddToClass(TreeMemory memory, ulong classes, ulong extent)
    {
        var record = memory.Read<ExtentDf>(extent);
        int lengthClass = ExtentClassesDf.ClassOf(record->Count);
        if ((memory.Read<ExtentClassesDf>(classes)->Classes >> lengthClass & 1) == 0)
        {
            *memory.Transaction.Modify<uint>(classes) |= 1u << lengthClass;
        }

        DerCode code = BTree.Insert(
            memory,
            ExtentClassesDf.RootOffset(classes, lengthClass),
            new ExtentKey(record->Start, record->Count, record->Stamp),
            extent);
        return code == DerCode.Exists ? DerCode.TxRestart : code;
    }
}
