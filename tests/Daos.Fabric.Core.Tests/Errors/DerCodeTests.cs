namespace Daos.Fabric.Core.Tests.Errors;

public sealed class DerCodeTests
{
    // Typed from daos_errno.h, independent of the product's table.
    private const string Gurt =
        "1001 NO_PERM 1002 NO_HDL 1003 INVAL 1004 EXIST 1005 NONEXIST 1006 UNREACH 1007 NOSPACE 1008 ALREADY 1009 NOMEM 1010 NOSYS " +
        "1011 TIMEDOUT 1012 BUSY 1013 AGAIN 1014 PROTO 1015 UNINIT 1016 TRUNC 1017 OVERFLOW 1018 CANCELED 1019 OOG 1020 HG 1021 UNREG " +
        "1022 ADDRSTR_GEN 1023 PMIX 1024 IVCB_FORWARD 1025 MISC 1026 BADPATH 1027 NOTDIR 1028 CORPC_INCOMPLETE 1029 NO_RAS_RANK " +
        "1030 NOTATTACH 1031 MISMATCH 1032 EXCLUDED 1033 NOREPLY 1034 DOS 1035 BAD_TARGET 1036 GRPVER 1037 HLC_SYNC 1038 NO_SHMEM " +
        "1039 ADD_METRIC_FAILED 1040 DURATION_MISMATCH 1041 OP_NOT_PERMITTED 1042 EXCEEDS_PATH_LEN 1043 METRIC_NOT_FOUND " +
        "1044 SHMEM_PERMS 1045 HG_FATAL 1046 QUOTA_LIMIT";

    private const string Daos =
        "2001 IO 2002 FREE_MEM 2003 ENOENT 2004 NOTYPE 2005 NOSCHEMA 2006 NOLOCAL 2007 STALE 2008 NOTLEADER 2009 TGT_CREATE 2010 EP_RO " +
        "2011 EP_OLD 2012 KEY2BIG 2013 REC2BIG 2014 IO_INVAL 2015 EQ_BUSY 2016 DOMAIN 2017 SHUTDOWN 2018 INPROGRESS 2019 NOTAPPLICABLE " +
        "2020 NOTREPLICA 2021 CSUM 2022 DF_INVAL 2023 DF_INCOMPT 2024 REC_SIZE 2025 TX_RESTART 2026 DATA_LOSS 2027 OP_CANCELED " +
        "2028 TX_BUSY 2029 AGENT_INCOMPAT 2030 NEED_TX 2031 RF 2032 FETCH_AGAIN 2033 TX_UNCERTAIN 2034 AGENT_COMM 2035 ID_MISMATCH " +
        "2036 TGT_RETRY 2037 NOTSUPPORTED 2038 CONTROL_INCOMPAT 2039 NO_SERVICE 2040 TX_ID_REUSED 2041 UPDATE_AGAIN 2042 NVME_IO " +
        "2043 NO_CERT 2044 BAD_CERT 2045 VOS_PARTIAL_UPDATE 2046 CHKPT_BUSY 2047 DIV_BY_ZERO 2048 OVERLOAD_RETRY 2049 NOT_RESUME " +
        "2050 CONT_NONEXIST 2051 CONT_DESTROYING 2052 IGNORE";

    [Fact]
    public void Table_EveryCodeOfDaos_HasItsNumberAndSymbol()
    {
        string[] words = $"{Gurt} {Daos}".Split(' ');
        for (int i = 0; i < words.Length; i += 2)
        {
            int number = -int.Parse(words[i]);
            Assert.Contains(number, DerCode.All);
            Assert.Equal("DER_" + words[i + 1], new DerCode(number).Symbol);
        }

        // Success and Unknown are the only lines of ours beside them.
        Assert.Equal((words.Length / 2) + 2, DerCode.All.Count);
        Assert.Equal(98 + 2, DerCode.All.Count);
    }

    [Fact]
    public void Table_EveryCode_HasADistinctNameAndAText()
    {
        var symbols = new HashSet<string>();
        foreach (int number in DerCode.All)
        {
            var code = new DerCode(number);
            Assert.True(symbols.Add(code.Symbol), code.Symbol);
            Assert.False(string.IsNullOrWhiteSpace(code.Text));
            Assert.DoesNotContain(".", code.Text);
        }
    }

    [Fact]
    public void ToString_KnownCode_PrintsSymbolAndNumber() => Assert.Equal("DER_NOSPACE(-1007)", DerCode.NoSpace.ToString());

    [Fact]
    public void ToString_NumberOutsideTheTable_KeepsTheNumber() => Assert.Equal("DER_UNKNOWN(-77)", new DerCode(-77).ToString());

    [Fact]
    public void Equality_ComparesNumbers()
    {
        Assert.True(new DerCode(-1007) == DerCode.NoSpace);
        Assert.True(DerCode.Busy != DerCode.NoSpace);
        Assert.True(default(DerCode).IsSuccess);
        Assert.True(DerCode.Busy.IsError);
    }

    [Fact]
    public void DerResult_Failure_GivesTheCodeAndNoValue()
    {
        DerResult<int> failed = DerCode.Busy;
        Assert.False(failed.IsSuccess);
        Assert.Equal(DerCode.Busy, failed.Code);
        Assert.Throws<InvalidOperationException>(() => failed.Value);
        DerResult<int> good = 7;
        Assert.Equal(7, good.Value);
    }

    [Fact]
    public void DaosException_SaysWhatWhereAndWhy()
    {
        var exception = new DaosException(DerCode.NoSpace, "update", "rank 3", "punch something or extend the pool");
        Assert.Equal(
            "update failed (rank 3): No space on storage target, DER_NOSPACE(-1007). punch something or extend the pool", exception.Message);
        Assert.Equal(DerCode.NoSpace, exception.Code);
        Assert.Equal("update", exception.Operation);
        Assert.Equal("rank 3", exception.Target);
    }

    [Fact]
    public void Invariant_Broken_NamesTheExpressionAndTheFile()
    {
        int pages = 3;
        var exception = Assert.Throws<InvariantException>(() => Invariant.Check(pages == 4));
        Assert.Contains("pages == 4", exception.Message);
        Assert.Contains("DerCodeTests.cs", exception.Message);
    }
}
