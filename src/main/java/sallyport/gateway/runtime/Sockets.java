package sallyport.gateway.runtime;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.BindAddress;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.net.transport.Transport;

/**
 * Listening sockets by the names of their listeners. They outlive configurations, so that clients
 * that connect during a reload find them listening.
 */
public final class Sockets {
  /** The name of the admin listener, which no other listener can have. */
  public static final String ADMIN = "admin";

  /**
   * Sockets for the listeners of a configuration.
   *
   * @param fresh those that were not there before
   */
  record Bound(Map<String, Listener> byName, List<Listener> fresh) {
    /** Closes what was bound for nothing. */
    void discard() {
      fresh.forEach(Listener::cut);
    }
  }

  /** A listener cannot be bound; the message says which, why, and what to do. */
  static final class CannotBind extends IOException {
    private static final long serialVersionUID = 1L;

    private final String listener;

    CannotBind(String listener, BindAddress address, Throwable cause) {
      super(
          "cannot bind listener %s to %s: %s".formatted(listener, address, reason(address, cause)),
          cause);
      this.listener = listener;
    }

    /** Its name. */
    String listener() {
      return listener;
    }

    private static String reason(BindAddress address, Throwable cause) {
      if (cause instanceof UnresolvedAddressException || cause.getMessage() == null) {
        return "'%s' is no address of this host, and no name of one".formatted(address.host());
      }
      String said = cause.getMessage();
      String lower = said.toLowerCase(Locale.ROOT);
      if (lower.contains("address already in use")) {
        return said + "; 'ss -ltnp' shows the process that listens there";
      }
      if (lower.contains("permission denied")) {
        return said
            + "; a port below 1024 needs the capability CAP_NET_BIND_SERVICE"
            + " (AmbientCapabilities= in a systemd unit), or take a higher port and name the one"
            + " that clients see in public-port";
      }
      if (lower.contains("cannot assign requested address")) {
        return said + "; no interface of this host has it ('ip address' shows those that are)";
      }
      return said;
    }
  }

  private final Transport transport;
  private final Transport admin;

  /** Those that listen, in the order of the configuration. */
  private volatile Map<String, Listener> inUse = Map.of();

  /** Those that do not listen any more, but have connections. */
  private final Set<Listener> leaving = ConcurrentHashMap.newKeySet();

  /**
   * @param admin of the admin listener, which answers while the event loops of the others do not
   */
  public Sockets(Transport transport, Transport admin) {
    this.transport = transport;
    this.admin = admin;
  }

  /** The address of each that listens. */
  public Map<String, InetSocketAddress> addresses() {
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
    inUse.forEach((name, socket) -> addresses.put(name, socket.address()));
    return addresses;
  }

  /**
   * Finds a socket for each of these addresses among those that listen, by address or by name, and
   * binds the others. They accept nothing yet.
   *
   * @throws IOException when one cannot be bound; says which and why
   */
  Bound bind(Map<String, BindAddress> wanted) throws IOException {
    Map<String, Listener> byName = new LinkedHashMap<>();
    List<Listener> fresh = new ArrayList<>();
    wanted.forEach(
        (name, address) -> {
          Listener socket = find(name, address);
          if (socket == null) {
            socket = new Listener(address, name.equals(ADMIN) ? admin : transport);
            fresh.add(socket);
          }
          byName.put(name, socket);
        });
    Bound bound = new Bound(Collections.unmodifiableMap(byName), List.copyOf(fresh));
    // All bind at once; then each is waited for.
    for (Map.Entry<String, Listener> socket : byName.entrySet()) {
      ChannelFuture binding = socket.getValue().binding().awaitUninterruptibly();
      if (!binding.isSuccess()) {
        bound.discard();
        throw new CannotBind(socket.getKey(), socket.getValue().bind(), binding.cause());
      }
    }
    return bound;
  }

  private @Nullable Listener find(String name, BindAddress address) {
    Listener same = inUse.get(name);
    if (same != null && same.bind().equals(address)) {
      return same;
    }
    return inUse.values().stream()
        .filter(socket -> address.port() != 0 && socket.bind().equals(address))
        .findFirst()
        .orElse(null);
  }

  /** Accepts connections, each socket into its generation, and closes the sockets without one. */
  public void use(Map<String, Listener> next, Map<String, ListenerGeneration> generations) {
    Set<Listener> unwanted = new HashSet<>(inUse.values());
    unwanted.removeAll(next.values());
    inUse = next;
    List<Future<?>> changes = new ArrayList<>();
    generations.forEach(
        (name, generation) -> {
          Listener socket = next.get(name);
          if (socket != null) {
            changes.add(socket.use(generation));
          }
        });
    unwanted.forEach(socket -> changes.add(retire(socket)));
    changes.forEach(Future::awaitUninterruptibly);
  }

  private Future<?> retire(Listener socket) {
    leaving.add(socket);
    Future<?> retired = socket.retire();
    retired.addListener(done -> socket.left().addListener(left -> leaving.remove(socket)));
    return retired;
  }

  /** Cuts all connections of the socket of this name, where there is one. */
  public void cut(String name) {
    Listener socket = inUse.get(name);
    if (socket != null) {
      socket.cut();
    }
  }

  /** Every socket with connections, but for those of this name. */
  public Collection<Listener> allBut(String name) {
    List<Listener> all = new ArrayList<>(leaving);
    inUse.forEach(
        (each, socket) -> {
          if (!each.equals(name)) {
            all.add(socket);
          }
        });
    return all;
  }
}
