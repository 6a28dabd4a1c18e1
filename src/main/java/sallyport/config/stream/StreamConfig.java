package sallyport.config.stream;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the TCP streams of a listener.
 *
 * @param idle how long neither side may send anything; over it both connections are closed
 */
public record StreamConfig(
    Protocol protocol,
    ForwardTo forwardTo,
    @Limit(key = "timeouts.idle", min = "1s", max = "7d", looser = Looser.RAISED) Duration idle) {
  /** Protocols of streams that the gateway knows of. */
  public enum Protocol {
    /** Octets without meaning. */
    TCP,
    /** PostgreSQL, version 3 of its protocol. */
    POSTGRES,
    /** HL7 version 2 over MLLP, release 1. */
    MLLP,
    /** DICOM's upper layer protocol (PS3.8). */
    DICOM
  }
}
