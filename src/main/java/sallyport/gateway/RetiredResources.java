package sallyport.gateway;

import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import sallyport.tls.server.ServerTls;

/**
 * What reloads have put out of use: backends, and TLS of listeners. Each is closed once the last
 * connection has gone that could still use it.
 */
final class RetiredResources implements AutoCloseable {
  private final Set<RunningListener> fronts = identitySet();
  private final Set<ServerTls> servers = identitySet();
  private final Set<Upstream> upstreams = identitySet();

  /** Whether event loops may have ended, so that {@link #close} alone does the rest. */
  private boolean stopping;

  private static <T> Set<T> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** Takes over what only the first site has; call it when the second is in use. */
  synchronized void add(GatewayRuntime before, GatewayRuntime after) {
    List<RunningListener> gone = only(before.fronts().values(), after.fronts().values());
    fronts.addAll(gone);
    servers.addAll(only(before.servers(), after.servers()));
    upstreams.addAll(only(before.upstreams().values(), after.upstreams().values()));
    gone.forEach(front -> front.door().left().addListener(left -> left(front)));
    sweep();
  }

  private static <T> List<T> only(Collection<T> before, Collection<T> after) {
    Set<T> staying = identitySet();
    staying.addAll(after);
    return before.stream().filter(each -> !staying.contains(each)).toList();
  }

  private synchronized void left(RunningListener front) {
    fronts.remove(front);
    sweep();
  }

  private void sweep() {
    if (stopping) {
      return;
    }
    for (ServerTls tls : List.copyOf(servers)) {
      if (fronts.stream().noneMatch(front -> tls.equals(front.tls()))) {
        servers.remove(tls);
        tls.close();
      }
    }
    for (Upstream upstream : List.copyOf(upstreams)) {
      if (fronts.stream().noneMatch(front -> front.upstreams().contains(upstream))) {
        upstreams.remove(upstream);
        upstream.client().close();
        // Connections that have begun TLS hold what they use; the others are closed before they do.
        upstream.tls().close();
      }
    }
  }

  /** TLS of listeners that has connections still. */
  synchronized List<ServerTls> servers() {
    return List.copyOf(servers);
  }

  /** Closes connections to backends, before their event loops end. */
  synchronized void closeClients() {
    stopping = true;
    upstreams.forEach(upstream -> upstream.client().close());
  }

  /** Closes all of it, whether or not it is used; once nothing runs any more. */
  @Override
  public synchronized void close() {
    servers.forEach(ServerTls::close);
    upstreams.forEach(upstream -> upstream.tls().close());
    servers.clear();
    upstreams.clear();
    fronts.clear();
  }
}
