package sallyport.gateway;

import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import sallyport.tls.ServerTls;
import sallyport.tls.UpstreamTls;

/**
 * What reloads have put out of use: backends, and TLS of listeners. Each is closed once the last
 * connection has gone that could still use it.
 */
final class Leftovers implements AutoCloseable {
  /** For event loops to close what they have of a backend, before its TLS is freed. */
  private static final int CLOSING_SECONDS = 5;

  private final Set<Front> fronts = identitySet();
  private final Set<ServerTls> servers = identitySet();
  private final Set<Upstream> upstreams = identitySet();
  private final Set<UpstreamTls> closing = identitySet();

  private static <T> Set<T> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** Takes over what only the first site has; call it when the second is in use. */
  synchronized void add(Site before, Site after) {
    List<Front> gone = only(before.fronts().values(), after.fronts().values());
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

  private synchronized void left(Front front) {
    fronts.remove(front);
    sweep();
  }

  private void sweep() {
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
        closing.add(upstream.tls());
        GlobalEventExecutor.INSTANCE.schedule(
            () -> closed(upstream.tls()), CLOSING_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private synchronized void closed(UpstreamTls tls) {
    if (closing.remove(tls)) {
      tls.close();
    }
  }

  /** TLS of listeners that has connections still. */
  synchronized List<ServerTls> servers() {
    return List.copyOf(servers);
  }

  /** Closes connections to backends. */
  synchronized void closeClients() {
    upstreams.forEach(upstream -> upstream.client().close());
  }

  /** Closes all of it, whether or not it is used; once nothing runs any more. */
  @Override
  public synchronized void close() {
    servers.forEach(ServerTls::close);
    upstreams.forEach(upstream -> upstream.tls().close());
    closing.forEach(UpstreamTls::close);
    servers.clear();
    upstreams.clear();
    closing.clear();
    fronts.clear();
  }
}
