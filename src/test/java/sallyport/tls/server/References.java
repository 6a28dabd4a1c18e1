package sallyport.tls.server;

import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCounted;
import java.util.List;
import sallyport.tls.upstream.UpstreamTls;

/** The references to native TLS contexts. */
public final class References {
  private final List<SslContext> contexts;

  private References(List<SslContext> contexts) {
    this.contexts = contexts;
  }

  /** Those to what new connections of a listener get now, whatever takes its place later. */
  public static References to(ServerTls tls) {
    return new References(List.copyOf(tls.contexts()));
  }

  /** The same of a backend. */
  public static References to(UpstreamTls tls) {
    return new References(List.copyOf(tls.contexts()));
  }

  static int count(SslContext context) {
    return ((ReferenceCounted) context).refCnt();
  }

  /** How many there are; none once the memory is freed. */
  public int count() {
    return contexts.stream().mapToInt(References::count).sum();
  }
}
