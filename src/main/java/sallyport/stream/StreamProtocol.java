package sallyport.stream;

import io.netty.channel.Channel;
import sallyport.tls.hello.Preface;

/** Protocol of the streams of one listener. Any thread. */
public interface StreamProtocol {
  /** Octets without meaning. */
  StreamProtocol TCP = () -> new StreamSession() {};

  /** Returns what comes before TLS on this connection. */
  default Preface preface(Channel client) {
    return Preface.NONE;
  }

  /** Returns the session of a new stream. */
  StreamSession session();
}
