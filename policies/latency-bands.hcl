# Two bands and quiet between them: slower than 400 ms adds a quarter of the instances, faster than 100 ms takes one away,
# each only after five points in a row. One check per band; bands that overlap are pointed at when the file is read.
scaling "checkout" {
  enabled = false # an example: say true once it fits your job
  type    = "horizontal"
  min     = 3
  max     = 24

  policy {
    evaluation_interval = "20s"
    cooldown            = "3m"

    check "slow" {
      source       = "prometheus"
      query        = "histogram_quantile(0.95, sum by (le) (rate(checkout_seconds_bucket[1m])))"
      query_window = "1m"

      strategy "threshold" {
        lower_bound           = 0.4
        percentage            = 25
        within_bounds_trigger = 5
      }
    }

    check "fast" {
      source       = "prometheus"
      query        = "histogram_quantile(0.95, sum by (le) (rate(checkout_seconds_bucket[1m])))"
      query_window = "1m"

      strategy "threshold" {
        upper_bound           = 0.1
        delta                 = -1
        within_bounds_trigger = 5
      }
    }

    target "nomad-target" {
      Job   = "checkout"
      Group = "web"
    }
  }
}
