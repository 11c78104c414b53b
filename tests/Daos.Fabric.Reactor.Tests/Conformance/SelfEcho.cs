namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>A loop that sends itself bytes over a socket, writes and reads a file and arms a timer, all the time.</summary>
internal sealed unsafe class SelfEcho
{
    private const int Block = 4096;

    private readonly ReactorFixture _fixture;
    private readonly Reactor _reactor;
    private readonly byte* _memory;
    private readonly int _client;
    private readonly int _server;
    private readonly int _file;
    private readonly Operation _receive;
    private readonly Operation _send;
    private readonly Operation _write;
    private readonly Timer _timer;
    private readonly Func<bool> _isOver;
    private int _rounds;
    private int _target;
    private bool _owesSend;

    public SelfEcho(LoopConformance test)
    {
        _fixture = test.Fixture;
        _reactor = _fixture.Reactor;
        _memory = test.Memory(4 * Block);
        _file = _reactor.Files.Create(_fixture.Directory + "/echo", 16 * Block, FileAccessMode.Direct).Value;
        ListenerHandle listener = _reactor.Listen(_fixture.AnyTcp, 4).Value;
        RecordingOperation accept = test.Start(op => _reactor.Accept(listener.Descriptor, op));
        _client = test.Run(op => _reactor.Connect(listener.Address, op));
        _fixture.Until(() => accept.Results.Count > 0);
        _server = accept.Results[0];
        _receive = new Operation { Done = _ => Received() };
        _send = new Operation { Done = _ => SendWhatIsOwed() };
        _write = new Operation { Done = _ => { } };
        _timer = new Timer();
        _isOver = () => _rounds >= _target;
    }

    public void RunRounds(int count)
    {
        _target = _rounds + count;
        using (_fixture.Loop.Enter())
        {
            StartRound();
        }

        _fixture.Until(_isOver);
    }

    public void Close()
    {
        _reactor.Close(_client);
        _reactor.Close(_server);
        _reactor.Files.Close(_file);
    }

    private void Received()
    {
        if (++_rounds < _target)
        {
            StartRound();
        }
    }

    private void StartRound()
    {
        _reactor.Receive(_server, _memory, Block, _receive);
        _owesSend = true;
        SendWhatIsOwed();
        if (!_write.IsActive)
        {
            _reactor.WriteFile(_file, _memory + (2 * Block), Block, 0, WriteMode.Plain, _write);
        }

        _reactor.Timers.Arm(_timer, _reactor.Clock.MonotonicNs + 100_000);
    }

    private void SendWhatIsOwed()
    {
        if (_owesSend && !_send.IsActive)
        {
            _owesSend = false;
            ReadOnlySpan<IoVector> pieces = [new IoVector(_memory + Block, 32), new IoVector(_memory + Block + 32, 32)];
            _reactor.Send(_client, pieces, _send);
        }
    }

    private sealed class Operation : ReactorOperation
    {
        public required Action<int> Done { get; init; }

        protected internal override void Complete(int result, bool more) => Done(result);
    }

    private sealed class Timer : TimerNode
    {
        protected internal override void Expire()
        {
        }
    }
}
