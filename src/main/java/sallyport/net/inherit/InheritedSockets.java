package sallyport.net.inherit;

import io.netty.channel.unix.FileDescriptor;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.address.BindAddress;

/**
 * Inherited sockets until listeners take them. One thread.
 *
 * <p>A socket fits a listener when it listens on the address that the listener is to bind. One with
 * port 0 fits by its name and host: the kernel chose its port for that listener.
 */
public final class InheritedSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InheritedSockets.class);

  private final List<InheritedSocket> waiting = new ArrayList<>();

  /** Creates a collection without sockets. */
  public InheritedSockets() {}

  /** Adds sockets. They are closed with this unless a listener takes them. */
  public void add(List<InheritedSocket> sockets) {
    waiting.addAll(sockets);
  }

  /** Returns whether a socket of this name and address is for that listener. */
  public static boolean fits(
      String name, InetSocketAddress address, String listener, BindAddress wanted) {
    boolean port = wanted.port() == 0 ? name.equals(listener) : wanted.port() == address.getPort();
    return port && isSame(address.getAddress(), wanted.toSocketAddress().getAddress());
  }

  /**
   * Compares addresses. With IPv6, Netty binds 0.0.0.0 as ::, which is the address of the socket.
   */
  private static boolean isSame(InetAddress listening, @Nullable InetAddress wanted) {
    return listening.equals(wanted)
        || (wanted instanceof Inet4Address
            && wanted.isAnyLocalAddress()
            && listening.isAnyLocalAddress());
  }

  /** Returns whether there is a socket for this listener. */
  public boolean has(String listener, BindAddress wanted) {
    return waiting.stream()
        .anyMatch(socket -> fits(socket.name(), socket.address(), listener, wanted));
  }

  /** Returns the socket for this listener, which is the caller's to close; null for none. */
  public @Nullable InheritedSocket take(String listener, BindAddress wanted) {
    for (Iterator<InheritedSocket> each = waiting.iterator(); each.hasNext(); ) {
      InheritedSocket socket = each.next();
      if (fits(socket.name(), socket.address(), listener, wanted)) {
        each.remove();
        LOG.info("listener {}: the socket of {} is from {}", listener, wanted, socket.origin());
        return socket;
      }
    }
    return null;
  }

  /**
   * Refuses sockets that no listener takes: connections would wait in them without an end.
   *
   * @param wanted the addresses to bind, by the names of their listeners
   * @throws IOException names the first of them and says what to do
   */
  public void refuseUnwanted(Map<String, BindAddress> wanted) throws IOException {
    for (InheritedSocket socket : waiting) {
      if (wanted.entrySet().stream()
          .noneMatch(
              each -> fits(socket.name(), socket.address(), each.getKey(), each.getValue()))) {
        throw new IOException(
            "no listener has the address %s of the socket '%s' from %s, where clients would wait without an end: set the bind of a listener to it, or take it out of the socket unit"
                .formatted(text(socket.address()), socket.name(), socket.origin()));
      }
    }
  }

  private static String text(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }

  /** Closes the sockets that no listener has taken. The processes that gave them keep theirs. */
  @Override
  public void close() {
    waiting.forEach(socket -> close(socket.descriptor()));
    waiting.clear();
  }

  /** Closes a descriptor. */
  public static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      LOG.debug("a descriptor was not closed", e);
    }
  }
}
