package sallyport.gateway.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import sallyport.connect.endpoint.EndpointsFile;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Certificates, keys, trust and files of endpoints of one configuration, which are not in use yet.
 *
 * <p>One thread.
 */
public final class OpenedCredentials implements AutoCloseable {
  private final Map<String, ServerTls> servers = new LinkedHashMap<>();
  private final Map<String, UpstreamTls> upstreams = new LinkedHashMap<>();
  private final Map<String, SecretKey> stickyKeys = new LinkedHashMap<>();
  private final Map<String, EndpointsFile> endpointsFiles = new LinkedHashMap<>();
  private final List<ServerTls> freshServers = new ArrayList<>();
  private final List<UpstreamTls> freshUpstreams = new ArrayList<>();

  void keep(ServerTls inUse) {
    servers.put(inUse.name(), inUse);
  }

  void keep(UpstreamTls inUse) {
    upstreams.put(inUse.name(), inUse);
  }

  void add(ServerTls opened) {
    servers.put(opened.name(), opened);
    freshServers.add(opened);
  }

  void add(UpstreamTls opened) {
    upstreams.put(opened.name(), opened);
    freshUpstreams.add(opened);
  }

  void addStickyKey(String backend, SecretKey key) {
    stickyKeys.put(backend, key);
  }

  void add(EndpointsFile opened) {
    endpointsFiles.put(opened.name(), opened);
  }

  /** Returns the file of endpoints of a backend; null where the configuration names none. */
  @Nullable EndpointsFile endpointsFile(String backend) {
    return endpointsFiles.get(backend);
  }

  /** Returns the key of the cookies of sticky sessions; null where the configuration names none. */
  public @Nullable SecretKey stickyKey(String backend) {
    return stickyKeys.get(backend);
  }

  /** Returns the TLS of listeners by name, in the order of the configuration. */
  public Map<String, ServerTls> servers() {
    return Collections.unmodifiableMap(servers);
  }

  /** Returns the TLS to backends by name, in the order of the configuration. */
  public Map<String, UpstreamTls> upstreams() {
    return Collections.unmodifiableMap(upstreams);
  }

  /** Closes what was opened. What was taken over stays open. */
  @Override
  public void close() {
    freshServers.forEach(ServerTls::close);
    freshUpstreams.forEach(UpstreamTls::close);
  }
}
