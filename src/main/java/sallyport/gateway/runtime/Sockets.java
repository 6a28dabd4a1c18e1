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
import sallyport.config.listener.TlsListenerConfig;
import sallyport.net.inherit.InheritedSockets;
import sallyport.net.listener.Listener;
import sallyport.net.listener.ListenerGeneration;
import sallyport.net.transport.Transport;

/**
 * Listening sockets by the names of their listeners. They outlive configurations, so that clients
 * can connect during a reload.
 *
 * <p>{@link #bind} and {@link #use} on one thread at a time, the others on any.
 */
public final class Sockets {
  /**
   * Sockets for the listeners of a configuration.
   *
   * @param fresh the newly bound ones
   */
  record Bound(Map<String, Listener> byName, List<Listener> fresh) {
    /** Closes the newly bound sockets. */
    void discard() {
      fresh.forEach(Listener::cut);
    }
  }

  /** Failure to bind a listener. The message says which, why, and what to do. */
  static final class CannotBind extends IOException {
    private static final long serialVersionUID = 1L;

    private final String listener;

    CannotBind(String listener, BindAddress address, Throwable cause) {
      super(
          "cannot bind listener %s to %s: %s".formatted(listener, address, reason(address, cause)),
          cause);
      this.listener = listener;
    }

    /** Returns the name of the listener. */
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

  /** Listening sockets, in the order of the configuration. */
  private volatile Map<String, Listener> inUse = Map.of();

  /** Closed sockets that still have connections. */
  private final Set<Listener> retired = ConcurrentHashMap.newKeySet();

  /**
   * @param admin transport of the admin listener, which answers while the event loops of the others
   *     do not
   */
  public Sockets(Transport transport, Transport admin) {
    this.transport = transport;
    this.admin = admin;
  }

  /** Returns the bound address of each listening socket. */
  public Map<String, InetSocketAddress> addresses() {
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
    inUse.forEach((name, socket) -> addresses.put(name, socket.address()));
    return addresses;
  }

  /**
   * Returns a listening socket for each of these addresses, and binds the ones that are missing. A
   * socket is found by its name and address, or by its address. New ones accept nothing yet.
   *
   * @param inherited sockets of other processes, which are taken over before any is bound
   * @throws IOException when an address cannot be bound; says which and why
   */
  Bound bind(Map<String, BindAddress> wanted, InheritedSockets inherited) throws IOException {
    Map<String, Listener> byName = new LinkedHashMap<>();
    List<Listener> fresh = new ArrayList<>();
    wanted.forEach(
        (name, address) -> {
          Listener socket = find(name, address);
          if (socket == null) {
            Transport loops = TlsListenerConfig.isAdmin(name) ? admin : transport;
            socket = new Listener(address, loops, inherited.take(name, address));
            fresh.add(socket);
          }
          byName.put(name, socket);
        });
    Bound bound = new Bound(Collections.unmodifiableMap(byName), List.copyOf(fresh));
    // All bind at the same time. Then each result is awaited.
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

  /** Has each socket accept connections into its generation, and closes the other sockets. */
  public void use(Map<String, Listener> next, Map<String, ListenerGeneration> generations) {
    Set<Listener> dropped = new HashSet<>(inUse.values());
    dropped.removeAll(next.values());
    inUse = next;
    List<Future<?>> changes = new ArrayList<>();
    generations.forEach(
        (name, generation) -> {
          Listener socket = next.get(name);
          if (socket != null) {
            changes.add(socket.use(generation));
          }
        });
    dropped.forEach(socket -> changes.add(retire(socket)));
    changes.forEach(Future::awaitUninterruptibly);
  }

  private Future<?> retire(Listener socket) {
    retired.add(socket);
    Future<?> closed = socket.retire();
    closed.addListener(done -> socket.left().addListener(left -> retired.remove(socket)));
    return closed;
  }

  /** Returns the listening sockets by the names of their listeners. */
  public Map<String, Listener> listening() {
    return inUse;
  }

  /** Closes all listening sockets, and asks their connections to finish. */
  public void retireAll() {
    List<Future<?>> closed = new ArrayList<>();
    inUse.values().forEach(socket -> closed.add(socket.retire()));
    closed.forEach(Future::awaitUninterruptibly);
  }

  /** Returns futures that are done when the last connection to each admin listener closes. */
  public List<Future<?>> adminLeft() {
    List<Future<?>> left = new ArrayList<>();
    inUse.forEach(
        (name, socket) -> {
          if (TlsListenerConfig.isAdmin(name)) {
            left.add(socket.left());
          }
        });
    return left;
  }

  /** Closes the sockets of the admin listeners, and cuts their connections. */
  public void cutAdmin() {
    inUse.forEach(
        (name, socket) -> {
          if (TlsListenerConfig.isAdmin(name)) {
            socket.cut();
          }
        });
  }

  /** Returns all sockets, listening or with connections, except those of the admin listeners. */
  public Collection<Listener> allButAdmin() {
    List<Listener> all = new ArrayList<>(retired);
    inUse.forEach(
        (name, socket) -> {
          if (!TlsListenerConfig.isAdmin(name)) {
            all.add(socket);
          }
        });
    return all;
  }
}
