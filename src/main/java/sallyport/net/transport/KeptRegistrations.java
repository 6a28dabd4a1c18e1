package sallyport.net.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Event loops of epoll in which a socket stays registered after its peer has ended its side.
 *
 * <p>Netty 4.2.18 takes a socket of which nothing is awaited out of epoll, and cannot put it back:
 * the next wait for room fails, and a long answer with it (decision 44). Such a socket is kept
 * edge-triggered in place of that: the kernel then reports a reset, once.
 */
final class KeptRegistrations implements IoHandlerFactory {
  private final IoHandlerFactory epoll;

  /** Of the handlers that this factory makes. */
  KeptRegistrations(IoHandlerFactory epoll) {
    this.epoll = epoll;
  }

  @Override
  public IoHandler newHandler(ThreadAwareExecutor executor) {
    return new Handler(epoll.newHandler(executor));
  }

  @Override
  public boolean isChangingThreadSupported() {
    return epoll.isChangingThreadSupported();
  }

  private record Handler(IoHandler epoll) implements IoHandler {
    @Override
    public void initialize() {
      epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
      epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
      epoll.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      if (!(handle instanceof EpollIoHandle socket)) {
        return epoll.register(handle);
      }
      Parking parking = new Parking(socket);
      return new Kept(epoll.register(parking), parking);
    }

    @Override
    public void wakeup() {
      epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return epoll.isCompatible(type);
    }
  }

  /** Registration that stays while no event is awaited. */
  private record Kept(IoRegistration epoll, Parking parking) implements IoRegistration {
    @Override
    public long submit(IoOps ops) {
      boolean parked = EpollIoOps.NONE.equals(ops);
      parking.parked = parked;
      return epoll.submit(parked ? EpollIoOps.EPOLLET : ops);
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's own signature.
    public <T> T attachment() {
      return epoll.attachment();
    }

    @Override
    public boolean isValid() {
      return epoll.isValid();
    }

    @Override
    public boolean cancel() {
      return epoll.cancel();
    }
  }

  /** Handle that closes its socket if a reset comes while no event is awaited. */
  private static final class Parking implements EpollIoHandle {
    private final EpollIoHandle socket;

    /** Whether nothing is awaited. Belongs to the event loop. */
    private boolean parked;

    Parking(EpollIoHandle socket) {
      this.socket = socket;
    }

    @Override
    public FileDescriptor fd() {
      return socket.fd();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      // Netty would not see it before its next write: it reads no more after the end of the input.
      if (parked && ((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR)) {
        close();
      } else {
        socket.handle(registration, event);
      }
    }

    @Override
    public void registered() {
      socket.registered();
    }

    @Override
    public void unregistered() {
      socket.unregistered();
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
