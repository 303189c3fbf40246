# The policy of the demo (npm start) for a job: keeps each instance of "web" at about 70 % of the CPU that it may use. The
# servers on which they run are the matter of nom-pool.hcl.
# Edit it while the demo runs, for instance max, target or cooldown: it is in force within two seconds.
scaling "web" {
  enabled = true
  type    = "horizontal"
  min     = 1
  max     = 5

  policy {
    evaluation_interval  = "2s"
    cooldown             = "4s"
    cooldown_on_scale_up = "3s"

    check "cpu" {
      source = "nomad-apm"
      query  = "avg_cpu-allocated"

      strategy "target-value" {
        target         = 70
        max_scale_up   = 2
        max_scale_down = 1
      }
    }

    target "nomad-target" {
      Namespace = "default"
      Job       = "web"
      Group     = "app"
    }
  }
}
