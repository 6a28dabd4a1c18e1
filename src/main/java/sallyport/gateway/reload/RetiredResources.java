package sallyport.gateway.reload;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.RunningListener;
import sallyport.gateway.runtime.Upstream;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Owner of the backends and of the TLS of listeners, which counts their users. A runtime is a user
 * of all that it has, while it is in use. A listener's generation is a user of its TLS and of the
 * backends that its exchanges may reach, until it is replaced and its last connection has closed.
 * What has no user left is closed. Thread-safe.
 */
final class RetiredResources implements AutoCloseable {
  private final References<ServerTls> servers = new References<>(ServerTls::close);

  /** Connections that have begun TLS hold their contexts; the others are closed before they do. */
  private final References<Upstream> upstreams =
      new References<>(
          upstream -> {
            upstream.feed().close();
            upstream.client().close();
            upstream.tls().ifPresent(UpstreamTls::close);
          });

  private @Nullable GatewayRuntime inUse;

  /** Whether event loops may have ended, so that {@link #close} alone does the rest. */
  private boolean stopping;

  /** Puts a runtime into the place of the one before, whose users leave one after the other. */
  synchronized void use(GatewayRuntime next) {
    GatewayRuntime before = inUse;
    inUse = next;
    servers.retain(next.servers());
    upstreams.retain(next.upstreams().values());
    Collection<RunningListener> known = before == null ? List.of() : before.listeners().values();
    for (RunningListener begun : only(next.listeners().values(), known)) {
      servers.retain(begun.service().servers());
      upstreams.retain(begun.service().upstreams());
    }
    if (before != null) {
      for (RunningListener replaced : only(known, next.listeners().values())) {
        replaced.generation().left().addListener(left -> left(replaced));
      }
      servers.release(before.servers());
      upstreams.release(before.upstreams().values());
    }
  }

  /** Returns what only the first collection has, by identity. */
  private static <T> List<T> only(Collection<T> first, Collection<T> second) {
    Set<T> others = Collections.newSetFromMap(new IdentityHashMap<>());
    others.addAll(second);
    return first.stream().filter(each -> !others.contains(each)).toList();
  }

  private synchronized void left(RunningListener listener) {
    if (!stopping) {
      servers.release(listener.service().servers());
      upstreams.release(listener.service().upstreams());
    }
  }

  /** Returns the TLS of listeners that only connections of earlier runtimes use. */
  synchronized List<ServerTls> leaving() {
    List<ServerTls> leaving = new ArrayList<>(servers.used());
    if (inUse != null) {
      leaving.removeAll(inUse.servers());
    }
    return leaving;
  }

  /** Closes all connections to backends, before their event loops end. */
  synchronized void closeClients() {
    stopping = true;
    upstreams.used().forEach(upstream -> upstream.feed().close());
    upstreams.used().forEach(upstream -> upstream.client().close());
  }

  /** Frees the native memory of all resources, once nothing runs any more. */
  @Override
  public synchronized void close() {
    servers.closeAll();
    upstreams.used().forEach(upstream -> upstream.tls().ifPresent(UpstreamTls::close));
  }
}
