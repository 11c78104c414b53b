using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Uring;

// A plain recv or send is shorter than the way through the ring, where a message costs two enters (one to submit the send and the next
// receive, one to run the receive when data came, or to wait) and the arming of a poll. So the loop serves a few sockets in conversation
// itself: sends at once, receives once per turn. What stays quiet, and everything when the loop is about to block, is handed to the ring.
public sealed unsafe partial class UringReactor
{
    /// <summary>Turns in which a spinning loop found nothing (100 us or so), count, after which the ring waits for it.</summary>
    private const int MissesMax = 512;

    /// <summary>
    /// Turns, count, that a loop which does not spin makes without looking for the next message: it answers, finds nothing to do, and blocks,
    /// and the receive is submitted with that wait. When it does not block it looks once, and leaves the rest to the ring.
    /// </summary>
    private const int TurnsBeforeCall = 2;

    private readonly DirectQueue _directSends = new();
    private readonly DirectQueue _directReceives = new();

    private bool TryKeep(DirectQueue queue, int index)
    {
        if (_quiet || !queue.TryAdd(_operations.TagOf(index)))
        {
            return false;
        }

        _operations[index].IsParked = true;
        return true;
    }

    private int TryDirectly(DirectQueue queue, int count)
    {
        int ran = 0;
        for (int i = 0; i < count; i++)
        {
            ref DirectQueue.Entry entry = ref queue[i];
            int index = _operations.Find(entry.Tag);
            Invariant.Check(index >= 0);
            int result = _operations[index].IsCancelled ? -Errno.Canceled : IsTooEarly(ref entry, queue) ? -Errno.Again : Call(index);
            if (result is not (-Errno.Again or -Errno.Interrupted))
            {
                queue.TakeOut(i);
                _operations.Remove(index).Complete(result, more: false);
                ran++;
                continue;
            }

            if (++entry.Misses >= (Spins ? MissesMax : ReferenceEquals(queue, _directSends) ? 1 : TurnsBeforeCall + 1))
            {
                queue.TakeOut(i);
                HandOver(index);
            }
        }

        queue.Compact();
        Statistics.Completions += ran;
        return ran;
    }

    private bool IsTooEarly(ref DirectQueue.Entry entry, DirectQueue queue) =>
        !Spins && entry.Misses < TurnsBeforeCall && ReferenceEquals(queue, _directReceives);

    // Sockets are in blocking mode, so each call says that it does not wait.
    private int Call(int index)
    {
        int socket = _operations[index].Descriptor;
        if (_operations[index].Kind == OperationKind.Receive)
        {
            IoVector* vector = _operations.VectorsOf(index);
            nint received = Socket.recv(socket, vector->Address, vector->LengthBytes, Socket.MSG_DONTWAIT);
            return Judge(received);
        }

        const int Flags = Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL;
        MsgHdr* message = _operations.MessageOf(index);
        nint sent = message->VectorCount == 1
            ? Socket.send(socket, message->Vectors->Address, message->Vectors->LengthBytes, Flags)
            : Socket.sendmsg(socket, message, Flags);
        return Judge(sent);
    }

    private int Judge(nint result)
    {
        if (result >= 0)
        {
            Statistics.DirectCalls++;
            return (int)result;
        }

        int errno = Unistd.LastErrno;
        Statistics.DirectMisses += errno == Errno.Again ? 1 : 0;
        return -errno;
    }

    private void HandOver(DirectQueue queue)
    {
        for (int i = 0; i < queue.Count; i++)
        {
            HandOver(_operations.Find(queue[i].Tag));
        }

        queue.Clear();
    }

    // One that was cancelled is cancelled in the kernel as well, so that it ends as the others do.
    private void HandOver(int index)
    {
        ref OperationSlot slot = ref _operations[index];
        slot.IsParked = false;
        if (slot.Kind == OperationKind.Receive)
        {
            QueueReceive(index);
        }
        else
        {
            QueueSend(index);
        }

        if (slot.IsCancelled)
        {
            QueueCancel(index);
        }
    }
}
